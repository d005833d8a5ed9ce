import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as migrateTables } from "drizzle-orm/postgres-js/migrator";
import { runMigrations } from "graphile-worker";
import type { TransactionSql } from "postgres";
import { PredraftError } from "../../src/errors.ts";
import { readSchemaVersion, refuseForeign, refuseNewer } from "../client/compatibility.ts";
import { connect, createPool, reach, type Sql } from "../client/connect.ts";
import { asUnreachable } from "../client/explain-error.ts";
import { type HostFacts, readFacts } from "../host/facts.ts";
import { greenfieldHost, type HostMapping, hostMapping } from "../host/mapping.ts";
import { locks } from "../locks.ts";
import { keysDiffer } from "./key-types.ts";
import { refusePowerless, refuseUnfit } from "./preconditions.ts";
import { ensureQueueSchema } from "./queue-schema.ts";
import { applyRoles } from "./roles/apply.ts";
import { lastStatement, type Statement, sqlStatements } from "./statements.ts";
import { attachTriggers } from "./triggers.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface MigrateOptions {
  readonly url: string;
  /** The host to attach to; without it the one kept in `predraft.host`, else our own greenfield tables. */
  readonly host?: HostMapping;
  /** How long to try to attach a trigger to a busy table, milliseconds; 60,000. */
  readonly lockPatienceMs?: number;
}

export interface MigrateReport {
  /** Files of db/sql that were applied, in their order. */
  readonly applied: readonly string[];
  readonly host: HostMapping;
  /** Something about the database that a person should know; empty as a rule. */
  readonly warnings: readonly string[];
}

/**
 * Brings a database to this version: graphile-worker's schema, our tables, then db/sql in one transaction, then the triggers one by one.
 * Safe to run any number of times and from several processes at once; waits for no host transaction if nothing changed.
 * Throws `database_unreachable`, `database_unfit`, `database_rights` or `schema_newer`.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  await reach(options.url);
  const sql = connect(options.url, { max: 2, applicationName: "predraft migrate" });
  try {
    await refuseUnfit(sql);
    await refuseForeign(sql);
    await refuseNewer(sql);
    await refusePowerless(sql, options.host?.greenfield ?? !(await isInstalled(sql)));
    return await alone(sql, () => migrateAlone(sql, options));
  } catch (error) {
    throw asUnreachable(error, options.url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function migrateAlone(sql: Sql, options: MigrateOptions): Promise<MigrateReport> {
  await refuseNewer(sql); // again: another migrate may have been at it while this one waited
  await ensureQueueSchema(sql);
  await migrateQueue(options.url);
  await applyMigrations(options.url);
  const host = options.host ?? (await keptHost(sql)) ?? greenfieldHost;
  const facts = await readFacts(sql, host);
  const { files, warnings } = await applySql(sql, host, facts);
  await attachTriggers(sql, host, facts, options.lockPatienceMs);
  return { applied: files, host, warnings: [...warnings, ...(await oddities(sql))] };
}

async function isInstalled(sql: Sql): Promise<boolean> {
  return (await readSchemaVersion(sql)) !== undefined;
}

/** Holds migrate's lock in a transaction of its own: a session's lock would stay behind in a pooler. */
async function alone<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  return (await sql.begin(async (lock) => {
    await lock`set local idle_in_transaction_session_timeout = 0`;
    await lockMigration(lock);
    return await work();
  })) as T;
}

/** One migrate at a time. A second one waits for the first, and says so after a minute instead of waiting for ever. */
async function lockMigration(tx: TransactionSql): Promise<void> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
    const [row] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${locks.migrate}) as taken`;
    if (row?.taken) return;
    await delay(100);
  }
  throw new PredraftError("Another migrate has been running on this database for a minute", {
    code: "migrate_busy",
    retryable: true,
    hint: "Let it finish, or end it.",
  });
}

/** A role named like our schema finds the view predraft.interactions where it means the table public.interactions. */
async function oddities(sql: Sql): Promise<string[]> {
  const [row] = await sql<{ first: string | null }[]>`select current_schema() as first`;
  return row?.first === "predraft"
    ? [
        "your role's search_path finds the schema predraft first: for it, \"interactions\" is predraft's view. " +
          "Write public.interactions, or: alter role current_user set search_path = public",
      ]
    : [];
}

async function migrateQueue(url: string): Promise<void> {
  const pgPool = createPool(url, 1, "predraft migrate", () => undefined); // a query under way rejects by itself
  try {
    await runMigrations({ pgPool, preset: { worker: { schema: "graphile_worker" } } });
  } finally {
    await pgPool.end();
  }
}

async function applyMigrations(url: string): Promise<void> {
  const own = connect(url, { max: 1, applicationName: "predraft migrate" }); // drizzle changes its client's serializers
  try {
    await migrateTables(drizzle(own), {
      migrationsFolder: here("../migrations"),
      migrationsSchema: "predraft",
      migrationsTable: "migrations",
    });
  } finally {
    await own.end({ timeout: 5 });
  }
}

async function keptHost(sql: Sql): Promise<HostMapping | undefined> {
  const [row] = await sql`select mapping from predraft.host`;
  return row === undefined ? undefined : hostMapping.parse(row["mapping"]);
}

/** Runs the statements of db/migrate/statements.ts in one transaction, and parts the rights on what they made. */
async function applySql(
  sql: Sql,
  host: HostMapping,
  facts: HostFacts,
): Promise<{ files: string[]; warnings: string[] }> {
  const statements = await sqlStatements(host, facts);
  const warnings = await sql.begin(async (tx) => {
    await tx`set local lock_timeout = '5s'`;
    for (const statement of statements) await run(tx, statement);
    const notes = await applyRoles(tx, host);
    await run(tx, lastStatement);
    return notes;
  });
  const files = statements.flatMap(({ name }) => /^db\/sql\/(.*)$/.exec(name)?.[1] ?? []);
  return { files, warnings };
}

async function run(tx: TransactionSql, { name, text }: Statement): Promise<void> {
  await tx.unsafe(text).catch((error: Error & { code?: string; hint?: string }) => {
    if (error.code === keysDiffer) {
      throw new PredraftError(error.message, { code: "keys_differ", hint: error.hint ?? "", cause: error });
    }
    throw new PredraftError(`${name} could not be applied: ${error.message}`, {
      code: "migrate_failed",
      hint: "Nothing was changed.",
      cause: error,
    });
  });
}
