import type { TransactionSql } from "postgres";
import { PredraftError } from "../../src/errors.ts";
import type { HostMapping } from "../host/mapping.ts";
import { ownKey } from "./render/row.ts";

interface KeyColumn {
  readonly table: string;
  readonly column: "interaction_id" | "seller_id";
  readonly type: string;
}

/**
 * Gives the columns of our tables that name interactions and sellers the types of the host's keys, bigint or uuid. Only an empty
 * table is altered; throws `keys_differ` where rows are kept under keys of the other type. Nothing happens where the types are right.
 */
export async function alignKeys(tx: TransactionSql, host: HostMapping): Promise<void> {
  const wanted = { interaction_id: ownKey(host.keys.id), seller_id: ownKey(host.keys.seller_id) };
  const columns = await tx<KeyColumn[]>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'predraft'::regnamespace and c.relkind = 'r' and not a.attisdropped
      and a.attname in ('interaction_id', 'seller_id')
    order by 1, 2`;
  const wrong = columns.filter(({ column, type }) => type !== wanted[column]);
  if (wrong.length === 0) return;
  await dropDependants(tx);
  for (const { table, column, type } of wrong) {
    await tx`lock table predraft.${tx(table)} in access exclusive mode`;
    const [row] = await tx<{ kept: boolean }[]>`select exists (select from predraft.${tx(table)}) as kept`;
    if (row?.kept) {
      throw new PredraftError(
        `predraft.${table} holds rows whose ${column} is ${type}, but the host's keys are ${wanted[column]}`,
        {
          code: "keys_differ",
          hint: "They belong to another host: `predraft detach` from it first. Nothing was changed.",
        },
      );
    }
    const to = tx.unsafe(wanted[column]);
    await tx`alter table predraft.${tx(table)} alter column ${tx(column)} type ${to} using null::${to}`;
  }
}

/** Functions and views whose types change cannot be replaced; all of them come anew. Triggers and their functions stay. */
async function dropDependants(tx: TransactionSql): Promise<void> {
  const doomed = await tx<{ statement: string }[]>`
    select format('drop view if exists %s cascade', c.oid::regclass) as statement
    from pg_class c where c.relnamespace = 'predraft'::regnamespace and c.relkind = 'v'
    union all
    select format('drop function if exists %s', p.oid::regprocedure)
    from pg_proc p where p.pronamespace = 'predraft'::regnamespace and p.prorettype <> 'trigger'::regtype`;
  for (const { statement } of doomed) await tx.unsafe(statement);
  await tx`drop type if exists predraft.want`;
}
