import { PredraftError } from "../../src/errors.ts";
import { schemaVersion } from "../schema-version.ts";
import type { Sql } from "./connect.ts";

/** The version of predraft's schema in a database, and the version of predraft that made it; undefined if there is no such schema. */
export async function readSchemaVersion(sql: Sql): Promise<{ version: number; by: string } | undefined> {
  const [found] = await sql`select to_regclass('predraft.schema_version') is not null as there`;
  if (typeof found?.["there"] !== "boolean") throw unanswered();
  if (!found["there"]) return undefined;
  const [row] = await sql<{ version: number | null; by: string }[]>`
    select max(version) as version, max(applied_by) as by from predraft.schema_version`;
  if (row?.version === undefined) throw unanswered();
  return row.version === null ? undefined : { version: row.version, by: row.by };
}

/** Both queries always have a row: postgres.js 3.4 can answer without one if the connection is cut under it. */
const unanswered = (): PredraftError =>
  new PredraftError("The database has not answered", { code: "database_stuck", retryable: true });

/** Throws `schema_newer` if a newer predraft has migrated this database. */
export async function refuseNewer(sql: Sql): Promise<void> {
  const there = await readSchemaVersion(sql);
  if (there !== undefined && there.version > schemaVersion) {
    throw new PredraftError(
      `The database's predraft schema is version ${there.version} (made by predraft ${there.by}); this predraft knows version ${schemaVersion}`,
      { code: "schema_newer", hint: "Update this predraft; nothing was changed." },
    );
  }
}

/**
 * Throws if this predraft and the schema don't fit together, saying which of the two to update: `schema_newer`,
 * `schema_older` or `schema_missing`.
 */
export async function requireThisSchema(sql: Sql): Promise<void> {
  await refuseNewer(sql).catch((error: { code?: string }) => {
    if (error.code !== "42501") throw error;
    throw new PredraftError("The database's role has no rights on predraft's schema", {
      code: "database_rights",
      hint: "A worker's role is a member of predraft_worker: grant predraft_worker to <role>;",
    });
  });
  const there = await readSchemaVersion(sql);
  if (there === undefined) {
    throw new PredraftError("predraft is not installed in this database", {
      code: "schema_missing",
      hint: "Run `predraft migrate` (a database of its own) or `predraft attach` (another application's) first.",
    });
  }
  if (there.version < schemaVersion) {
    throw new PredraftError(
      `The database's predraft schema is version ${there.version}; this predraft works with version ${schemaVersion}`,
      {
        code: "schema_older",
        hint: "Run `predraft migrate` with this predraft, then start the worker again.",
      },
    );
  }
}

/** Throws `database_rights` if predraft's schema belongs to a role whose rights the current role lacks. */
export async function refuseForeign(sql: Sql): Promise<void> {
  const [row] = await sql<{ owner: string; me: string }[]>`
    select quote_ident(pg_get_userbyid(n.nspowner)) as owner, quote_ident(current_user) as me
    from pg_catalog.pg_namespace n
    where n.nspname = 'predraft' and not pg_has_role(current_user, n.nspowner, 'usage')`;
  if (row === undefined) return;
  throw new PredraftError(
    `The schema predraft belongs to role ${row.owner}, and role ${row.me} has no part in it`,
    {
      code: "database_rights",
      hint: `Migrate as a role that has, or let a superuser run: grant predraft_owner, predraft_worker to ${row.me};`,
    },
  );
}
