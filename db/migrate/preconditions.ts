import { PredraftError } from "../../src/errors.ts";
import type { Sql } from "../client/connect.ts";

interface Server {
  readonly version: number;
  readonly name: string;
  readonly encoding: string;
  readonly standby: boolean;
  readonly read_only: boolean;
  readonly escapes: boolean;
  readonly database: string;
}

/** Throws `database_unfit` if predraft cannot be installed on this server as it is set. */
export async function refuseUnfit(sql: Sql): Promise<void> {
  const [row] = await sql<Server[]>`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
      current_setting('transaction_read_only') = 'on' as read_only,
      current_setting('standard_conforming_strings') = 'off' as escapes, quote_ident(current_database()) as database`;
  const server = row as Server;
  if (server.version < 140000)
    throw unfit(`PostgreSQL ${server.name} is too old`, "predraft needs PostgreSQL 14 or newer.");
  if (server.encoding !== "UTF8")
    throw unfit(
      `The database's encoding is ${server.encoding}`,
      "Buyers write Cyrillic and emoji: create the database with encoding UTF8.",
    );
  if (server.standby)
    throw unfit("This server is a standby: nothing can be written", "Point DATABASE_URL at the primary.");
  if (server.read_only)
    throw unfit(
      "Transactions of this role in this database are read-only (default_transaction_read_only)",
      `If that is meant, nothing can be installed here. Else: alter database ${server.database} reset default_transaction_read_only; or the same of the role.`,
    );
  if (server.escapes)
    throw unfit(
      "standard_conforming_strings is off in this database: patterns in predraft's functions would mean something else",
      `alter database ${server.database} set standard_conforming_strings = on; if the application needs it off, let it say so in its own sessions.`,
    );
}

const unfit = (message: string, hint: string): PredraftError =>
  new PredraftError(message, { code: "database_unfit", hint });

/** What the role lacks for an installation, and who can put it right. */
export interface MissingRights {
  readonly what: string;
  readonly todo: string;
}

/**
 * Looks whether the role may make what a first installation makes: predraft's schema and the queue's and, for tables of predraft's own
 * (`greenfield`), tables in public. Undefined if it may, or if all is there.
 */
export async function findMissingRights(sql: Sql, greenfield: boolean): Promise<MissingRights | undefined> {
  const [row] = await sql<{ role: string; database: string; schemas: boolean; tables: boolean }[]>`
    select quote_ident(current_user) as role, quote_ident(current_database()) as database,
      has_database_privilege(current_database(), 'create')
        or (to_regnamespace('predraft') is not null and to_regnamespace('graphile_worker') is not null) as schemas,
      has_schema_privilege('public', 'create') or to_regclass('public.interactions') is not null as tables
    from (select) one where to_regnamespace('public') is not null`;
  if (row === undefined) return undefined;
  const { role, database } = row;
  if (!row.schemas)
    return {
      what: `role ${role} may not create schemas in database ${database}`,
      todo: `let the database's owner run: grant create on database ${database} to ${role};`,
    };
  if (greenfield && !row.tables)
    return {
      what: `role ${role} may not create tables in schema public`,
      todo: `let the database's owner run: grant create on schema public to ${role}; for another application's tables use predraft attach`,
    };
  return undefined;
}

/** Throws `database_rights` if the role may not install predraft. */
export async function refusePowerless(sql: Sql, greenfield: boolean): Promise<void> {
  const missing = await findMissingRights(sql, greenfield);
  if (missing === undefined) return;
  throw new PredraftError(`predraft cannot be installed: ${missing.what}`, {
    code: "database_rights",
    hint: `${missing.todo} or name a role that may in DATABASE_URL; a worker itself needs fewer rights`,
  });
}
