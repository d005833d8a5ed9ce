import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { type Finding, problem } from "./finding.ts";

/** Whether every column that predraft reads still has the name that it had at attach: views follow a rename, triggers don't. */
export async function checkColumns(sql: Sql, { table, columns, document }: HostMapping): Promise<Finding[]> {
  const known = [...Object.values(columns).filter((name) => name !== null), document.column];
  const rows = await sql<{ name: string }[]>`
    select k as name from unnest(${known}::text[]) k
    where not exists (
      select from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${table.schema} and c.relname = ${table.name} and a.attname = k and a.attnum > 0 and not a.attisdropped)
    order by 1`;
  if (rows.length === 0) return [];
  return [
    problem(
      "columns",
      `${table.schema}.${table.name} has no column ${rows.map(({ name }) => name).join(", ")} any more: drafts are not settled when a row is written`,
      "run attach again, with --column ours=theirs for each new name",
    ),
  ];
}
