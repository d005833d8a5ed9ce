import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as migrateTables } from "drizzle-orm/postgres-js/migrator";
import { runMigrations } from "graphile-worker";
import type { TransactionSql } from "postgres";
import { PredraftError } from "../src/errors.ts";
import { asUnreachable, connect, type Sql } from "./client.ts";
import { greenfieldHost, type HostMapping, hostMapping } from "./host/mapping.ts";
import { render } from "./render.ts";
import { schemaVersion } from "./version.ts";

/** Any constant will do, as long as every predraft takes the same one. */
const migrateLock = 1886545255;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface MigrateOptions {
  readonly url: string;
  /** The host to attach to; without it the one kept in `predraft.host`, else our own greenfield tables. */
  readonly host?: HostMapping;
}

export interface MigrateReport {
  /** Files of db/sql that were applied, in their order. */
  readonly applied: readonly string[];
  readonly host: HostMapping;
  /** Something about the database that a person should know; empty as a rule. */
  readonly warnings: readonly string[];
}

/**
 * Brings a database to this version: graphile-worker's schema, our tables, then db/sql whole and in one transaction.
 * Safe to run any number of times and from several processes at once; waits for no host transaction where nothing changed.
 * Throws `database_unreachable`, `database_unfit` or `schema_newer`.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const sql = connect(options.url, { max: 1, applicationName: "predraft migrate" });
  try {
    await lockMigration(sql);
    await refuseUnfit(sql);
    await refuseNewer(sql);
    await runMigrations({ connectionString: options.url, preset: { worker: { schema: "graphile_worker" } } });
    await applyMigrations(options.url);
    const host = options.host ?? (await keptHost(sql)) ?? greenfieldHost;
    const applied = await applySql(sql, host);
    return { applied, host, warnings: await oddities(sql) };
  } catch (error) {
    throw asUnreachable(error, options.url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** One migrate at a time. A second one waits for the first, and says so after a minute instead of waiting for ever. */
async function lockMigration(sql: Sql): Promise<void> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
    const [row] = await sql<{ taken: boolean }[]>`select pg_try_advisory_lock(${migrateLock}) as taken`;
    if (row?.taken) return;
    await delay(100);
  }
  throw new PredraftError("Another migrate has been running on this database for a minute", {
    code: "migrate_busy",
    retryable: true,
    hint: "Let it finish, or end it; through a pooler, set DATABASE_DIRECT_URL past it.",
  });
}

/** Throws `schema_newer` where a newer predraft has migrated this database. */
export async function refuseNewer(sql: Sql): Promise<void> {
  const [there] = await sql`select to_regclass('predraft.schema_version') is not null as there`;
  if (!there?.["there"]) return;
  const [row] = await sql`select version, applied_by from predraft.schema_version`;
  if (row && row["version"] > schemaVersion) {
    throw new PredraftError(
      `The database's predraft schema is version ${row["version"]} (made by predraft ${row["applied_by"]}); this predraft knows version ${schemaVersion}`,
      { code: "schema_newer", hint: "Update this predraft; nothing was changed." },
    );
  }
}

async function refuseUnfit(sql: Sql): Promise<void> {
  const [row] = await sql`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
      current_setting('server_encoding') as encoding`;
  if (row?.["version"] < 140000) {
    throw new PredraftError(`PostgreSQL ${row?.["name"]} is too old`, {
      code: "database_unfit",
      hint: "predraft needs PostgreSQL 14 or newer.",
    });
  }
  if (row?.["encoding"] !== "UTF8") {
    throw new PredraftError(`The database's encoding is ${row?.["encoding"]}`, {
      code: "database_unfit",
      hint: "Buyers write Cyrillic and emoji: create the database with encoding UTF8.",
    });
  }
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

async function applyMigrations(url: string): Promise<void> {
  const own = connect(url, { max: 1, applicationName: "predraft migrate" }); // drizzle changes its client's serializers
  try {
    await migrateTables(drizzle(own), {
      migrationsFolder: here("./migrations"),
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

/** Applies db/sql in the order of the files' numbers, host_* files rendered for this host. */
async function applySql(sql: Sql, host: HostMapping): Promise<string[]> {
  const number = (file: string): number => Number(/\d+/.exec(file)?.[0]);
  const files = (await readdir(here("./sql")))
    .filter((file) => file.endsWith(".sql"))
    .filter((file) => host.greenfield || !file.includes("_greenfield_"))
    .toSorted((a, b) => number(a) - number(b));
  await sql.begin(async (tx) => {
    await tx`set local lock_timeout = '5s'`;
    if (host.greenfield) await tx.unsafe(await readFile(here("./host/tables.sql"), "utf8"));
    for (const file of files) {
      const source = await readFile(here(`./sql/${file}`), "utf8");
      await tx.unsafe(file.startsWith("host_") ? render(source, host) : source).catch((error: Error) => {
        throw new PredraftError(`db/sql/${file} could not be applied: ${error.message}`, {
          code: "migrate_failed",
          hint: "Nothing was changed.",
          cause: error,
        });
      });
    }
    await registerTasks(tx);
    await tx`
      insert into predraft.host (mapping) values (${tx.json(host)})
      on conflict (singleton) do update set mapping = excluded.mapping, updated_at = clock_timestamp()
      where predraft.host.mapping <> excluded.mapping`;
    await tx`
      insert into predraft.schema_version (version, applied_by) values (${schemaVersion}, ${`v${schemaVersion}`})
      on conflict (singleton) do update
      set version = excluded.version, applied_by = excluded.applied_by, applied_at = clock_timestamp()`;
    await tx`select predraft.sync_settings()`;
  });
  return files;
}

/** The first use of a task's name writes a row that all other first users wait for: not inside a host's transaction. */
async function registerTasks(tx: TransactionSql): Promise<void> {
  for (const task of ["generate_draft", "sweep_drafts"]) {
    const key = `predraft:register:${task}`;
    await tx`select from graphile_worker.add_job(${task}, job_key := ${key}, run_at := now() + interval '1 day')`;
    await tx`select from graphile_worker.remove_job(${key})`;
  }
}
