import type { TransactionSql } from "postgres";
import type { HostMapping } from "../../host/mapping.ts";
import { qualified, quote } from "../render/quote.ts";
import { ownerRole } from "./rights.ts";

interface Right {
  readonly schema: string;
  readonly table: string;
  /** null: the whole table. */
  readonly column: string | null;
  readonly privilege: string;
}

const keyOf = (right: Right): string =>
  JSON.stringify([right.schema, right.table, right.column, right.privilege]);

/** What predraft_owner may do with the host's tables: read those that the mapping names, and write one column of one of them. */
function wantedRights(host: HostMapping): Right[] {
  const read = [host.table, host.settings, host.messages?.table, host.products?.table].filter(
    (relation) => relation !== null && relation !== undefined && relation.schema !== "predraft",
  ) as HostMapping["table"][];
  return [
    ...read.map(({ schema, name }) => ({ schema, table: name, column: null, privilege: "SELECT" })),
    { schema: host.table.schema, table: host.table.name, column: host.document.column, privilege: "UPDATE" },
  ];
}

/** The grants on the host's tables, a statement each. Quoted by our own hand: the driver would take a dot in a name for a separator. */
export const hostGrants = (host: HostMapping): string[] =>
  wantedRights(host).map(({ schema, table, column, privilege }) => {
    const columns = column === null ? "" : ` (${quote(column)})`;
    return `grant ${privilege}${columns} on ${qualified({ schema, name: table })} to ${ownerRole}`;
  });

/** Gives predraft_owner exactly what the mapping needs on the host's tables; grants nothing anew where nothing differs. */
export async function grantHostRights(tx: TransactionSql, host: HostMapping): Promise<void> {
  const wanted = wantedRights(host);
  const held = await tx<(Right & { relation: string })[]>`
    select n.nspname::text as schema, c.relname::text as "table", null as "column", x.privilege_type as privilege, c.oid::regclass::text as relation
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral aclexplode(c.relacl) x
    where x.grantee = ${ownerRole}::regrole and n.nspname not in ('predraft', 'graphile_worker')
    union all
    select n.nspname, c.relname, a.attname, x.privilege_type, c.oid::regclass::text
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral aclexplode(a.attacl) x
    where x.grantee = ${ownerRole}::regrole and n.nspname not in ('predraft', 'graphile_worker')`;
  const wantedKeys = new Set(wanted.map(keyOf));
  const heldKeys = new Set(held.map(keyOf));
  const same = wantedKeys.size === heldKeys.size && [...wantedKeys].every((key) => heldKeys.has(key));
  if (!same) {
    for (const relation of new Set(held.map((right) => right.relation))) {
      await tx.unsafe(`revoke all on ${relation} from ${ownerRole}`);
    }
    for (const statement of hostGrants(host)) await tx.unsafe(statement);
  }
  for (const schema of new Set(wanted.map((right) => right.schema))) {
    const [row] = await tx<
      { usable: boolean }[]
    >`select has_schema_privilege(${ownerRole}, ${schema}, 'usage') as usable`;
    if (!row?.usable) await tx.unsafe(`grant usage on schema ${quote(schema)} to ${ownerRole}`);
  }
}
