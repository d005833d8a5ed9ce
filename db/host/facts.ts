import type { Sql } from "../client/connect.ts";
import type { HostMapping } from "./mapping.ts";

/** What the catalog says about a host's column. */
export interface ColumnFact {
  /** The type's name as `format_type` writes it, a domain's base type for a domain: `character varying`. */
  readonly type: string;
  /** The expression of a generated column; null for any other. */
  readonly expression: string | null;
  /** True if computed when read; triggers never see such a value. */
  readonly virtual: boolean;
}

export type ColumnFacts = ReadonlyMap<string, ColumnFact>;

/** What rendering needs to know about a host besides its mapping. */
export interface HostFacts {
  readonly table: ColumnFacts;
  readonly messages: ColumnFacts;
  readonly products: ColumnFacts;
  /** The host's triggers that can change a row after our BEFORE trigger has run. */
  readonly laterTriggers: readonly string[];
}

/** For a host that was not looked at: each column has the type of its meaning. */
export const noFacts: HostFacts = {
  table: new Map(),
  messages: new Map(),
  products: new Map(),
  laterTriggers: [],
};

/** The name of our BEFORE UPDATE trigger; PostgreSQL fires triggers in the order of their names. */
const settlingTrigger = "zz_predraft_10_invalidate";

/** Reads the catalog; locks nothing. Missing objects have no facts. */
export async function readFacts(sql: Sql, host: HostMapping): Promise<HostFacts> {
  return await sql.begin(async (tx) => {
    await tx`select set_config('search_path', '', true)`; // so that expressions come with qualified names
    const columnsOf = async (relation: HostMapping["table"] | undefined): Promise<ColumnFacts> => {
      if (relation === undefined) return new Map();
      const rows = await tx<(ColumnFact & { readonly name: string })[]>`
        with recursive base as (
          select t.oid, t.oid as of_type, t.typbasetype, t.typtype from pg_type t
          union all
          select b.oid, t.oid, t.typbasetype, t.typtype from base b join pg_type t on t.oid = b.typbasetype where b.typtype = 'd'
        )
        select a.attname as name, format_type(b.of_type, null) as type,
          case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as expression, a.attgenerated = 'v' as virtual
        from pg_class c
        join pg_namespace s on s.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join base b on b.oid = a.atttypid and b.typtype <> 'd'
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where s.nspname = ${relation.schema} and c.relname = ${relation.name}`;
      return new Map(rows.map(({ name, ...fact }) => [name, fact]));
    };
    const later = await tx<{ name: string }[]>`
      select distinct t.tgname as name
      from pg_class c
      join pg_namespace s on s.oid = c.relnamespace
      cross join lateral (
        select c.oid as relid union select p.relid from pg_partition_tree(c.oid) p
      ) tree
      join pg_trigger t on t.tgrelid = tree.relid
      where s.nspname = ${host.table.schema} and c.relname = ${host.table.name}
        and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 19 = 19   -- before, row, update
        and t.tgname::text collate "C" > ${settlingTrigger} and t.tgname not like 'zz\\_predraft\\_%'
      order by 1`;
    return {
      table: await columnsOf(host.table),
      messages: await columnsOf(host.messages?.table),
      products: await columnsOf(host.products?.table),
      laterTriggers: later.map((row) => row.name),
    };
  });
}
