import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Whether the host's rows are what attach took them for: words, expressions, who wrote which line, and settings that came later. */
export async function checkReadings(sql: Sql, host: HostMapping): Promise<Finding[]> {
  const rows = await sql<{ subject: string; isOk: boolean; what: string; todo: string | null }[]>`
    select subject, is_ok as "isOk", what, todo from predraft.readings()`;
  return [
    ...rows.map(({ subject, isOk, what, todo }) => {
      if (!isOk) return problem(subject, what, todo ?? "run attach again");
      return todo === null ? ok(subject, what) : warning(subject, what, todo);
    }),
    ...(await checkLaterSettings(sql, host)),
  ];
}

/** A host without settings got a table of ours; one that it makes later is not read until attach has seen it. */
async function checkLaterSettings(sql: Sql, host: HostMapping): Promise<Finding[]> {
  if (host.greenfield || host.settings.schema !== "predraft") return [];
  const [there] = await sql`
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${host.table.schema} and c.relname = 'runtime_settings'
      and 2 = (select count(*) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname in ('key', 'value') and a.attnum > 0)`;
  if (there === undefined) return [];
  return [
    warning(
      "settings",
      `${host.table.schema}.runtime_settings has come after attach and is not read: predraft.runtime_settings acts`,
      "run attach again",
    ),
  ];
}
