import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { TransactionSql } from "postgres";
import type { Sql } from "../../db/client/connect.ts";
import { type HostMapping, hostMapping } from "../../db/host/mapping.ts";
import { queueMark } from "../../db/migrate/queue-schema.ts";
import { literal, qualified } from "../../db/migrate/render/quote.ts";
import { PredraftError } from "../errors.ts";
import { recall } from "./attachment.ts";
import { shown } from "./names.ts";
import { type RetryLockedOptions, retryLocked } from "./retry-locked.ts";

/** What there is to remove, as found. */
export interface Found {
  /** null where attach was cut off before it said so. */
  readonly host: HostMapping | null;
  /** Keys of the host's settings that came with predraft, and go with it. */
  readonly settingsKeys: readonly string[];
  /** Why graphile-worker's schema stays; null where it goes, or is not there. */
  readonly queueStays: string | null;
  readonly queueThere: boolean;
  /** Workers that are alive, as `host pid`. */
  readonly workers: readonly string[];
  /** Objects of the host's that would go with our schemas. */
  readonly dependants: readonly string[];
}

/** Looks at what predraft has in this database; undefined where it has nothing. Throws `detach_greenfield`. */
export async function findAttached(sql: Sql): Promise<Found | undefined> {
  const [there] = await sql<{ predraft: boolean; queue: boolean; host: boolean; workers: boolean }[]>`
    select to_regnamespace('predraft') is not null as predraft, to_regnamespace('graphile_worker') is not null as queue,
      to_regclass('predraft.host') is not null as host, to_regproc('predraft.absent_workers') is not null as workers`;
  if (!there?.predraft) return undefined;
  const [row] = there.host ? await sql`select mapping from predraft.host` : [];
  const host = row === undefined ? null : hostMapping.parse(row["mapping"]);
  if (host?.greenfield) {
    throw new PredraftError("This database is predraft's own: there is no host to detach from", {
      code: "detach_greenfield",
      hint: "To be rid of it, drop the database.",
    });
  }
  const alive = there.workers
    ? await sql<{ who: string }[]>`
        select format('%s (pid %s)', w.host, w.pid) as who from predraft.workers w
        where w.worker_id <> all (predraft.absent_workers()) order by 1`
    : [];
  const queueStays = there.queue ? await whyQueueStays(sql) : null;
  return {
    host,
    settingsKeys: host ? await ownSettingsKeys(sql, host) : [],
    queueStays,
    queueThere: there.queue,
    workers: alive.map(({ who }) => who),
    dependants: [
      ...(await dependantsOf(sql, "predraft")),
      ...(there.queue && queueStays === null ? await dependantsOf(sql, "graphile_worker") : []),
    ],
  };
}

/** Our keys in the host's settings that were not there at attach. The host may have had an llm_model of its own. */
async function ownSettingsKeys(sql: Sql, host: HostMapping): Promise<string[]> {
  const remembered = await recall(sql);
  const [there] =
    await sql`select to_regclass(${qualified(host.settings)}) is not null as there, to_regproc('predraft.setting_specs') is not null as specs`;
  if (remembered === undefined || host.settings.schema === "predraft" || !there?.["there"] || !there["specs"])
    return [];
  const rows = await sql.unsafe<{ key: string }[]>(
    `select key::text as key from ${qualified(host.settings)} where key::text in (select s.key from predraft.setting_specs() s) order by 1`,
  );
  return rows.map(({ key }) => key).filter((key) => !remembered.settingsKeys.includes(key));
}

/** Names of predraft's tasks: a file of tasks/ each. */
async function ownTasks(): Promise<string[]> {
  const files = await readdir(fileURLToPath(new URL("../../tasks", import.meta.url)));
  return files.filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3));
}

/** Private tables are read here only, and only to see that nobody else would miss them. */
async function whyQueueStays(sql: Sql): Promise<string | null> {
  const [mark] =
    await sql`select obj_description('graphile_worker'::regnamespace, 'pg_namespace') is not distinct from ${queueMark} as ours`;
  if (!mark?.["ours"]) return "graphile_worker was here before predraft";
  const [tables] = await sql`select to_regclass('graphile_worker._private_tasks') is not null as there`;
  if (!tables?.["there"]) return null;
  const others = await sql<{ identifier: string }[]>`
    select identifier from graphile_worker._private_tasks where identifier <> all(${await ownTasks()}) order by 1 limit 5`;
  return others.length > 0
    ? `other tasks use it: ${others.map(({ identifier }) => identifier).join(", ")}`
    : null;
}

/** Objects outside of a schema that would be dropped with it. */
async function dependantsOf(sql: Sql, schema: string): Promise<string[]> {
  const rows = await sql<{ what: string }[]>`
    with members as (
      select 'pg_class'::regclass as classid, c.oid from pg_catalog.pg_class c where c.relnamespace = to_regnamespace(${schema})
      union all select 'pg_proc'::regclass, p.oid from pg_catalog.pg_proc p where p.pronamespace = to_regnamespace(${schema})
      union all select 'pg_type'::regclass, t.oid from pg_catalog.pg_type t where t.typnamespace = to_regnamespace(${schema})
    )
    select distinct o.type || ' ' || o.identity as what
    from members m
    join pg_catalog.pg_depend d on d.refclassid = m.classid and d.refobjid = m.oid and d.deptype = 'n'
    cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) o
    where o.schema is distinct from ${schema} and o.identity !~ '(^|[ (.])(predraft|graphile_worker)[.]' and o.identity !~ 'predraft_\\d\\d_'
    order by 1 limit 10`;
  return rows.map(({ what }) => what);
}

/**
 * Takes our triggers off the host's tables, all of one table in one short transaction. From then on the host's writes are as
 * before attach.
 */
export async function dropTriggers(sql: Sql, patience: RetryLockedOptions = {}): Promise<number> {
  const triggers = await sql<{ name: string; schema: string; relation: string; relid: number }[]>`
    select t.tgname as name, n.nspname as schema, c.relname as relation, c.oid::int as relid
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where p.pronamespace = to_regnamespace('predraft') and t.tgparentid = 0 and n.nspname <> 'predraft' order by 4, 1`;
  const tables = Map.groupBy(triggers, ({ relid }) => relid);
  for (const ours of tables.values()) {
    const table = { schema: ours[0]?.schema ?? "", name: ours[0]?.relation ?? "" };
    await retryLocked(sql, `removing the triggers of ${shown(table)}`, patience, async (tx) => {
      for (const { name } of ours)
        await tx`drop trigger if exists ${tx(name)} on ${tx.unsafe(qualified(table))}`;
    });
  }
  return triggers.length;
}

/** Removes our settings rows, our jobs and our schemas, in one transaction: until it ends, detach can be run again. */
export async function dropSchemas(sql: Sql, found: Found, patience: RetryLockedOptions = {}): Promise<void> {
  const tasks = await ownTasks();
  await retryLocked(sql, "removing the schema predraft", patience, async (tx) => {
    if (found.host && found.settingsKeys.length > 0) {
      await tx`delete from ${tx.unsafe(qualified(found.host.settings))} where key::text = any(${[...found.settingsKeys]}::text[])`;
    }
    if (found.queueThere && found.queueStays !== null) await removeJobs(tx, tasks);
    await tx.unsafe("drop schema if exists predraft cascade");
    if (found.queueThere && found.queueStays === null) await tx.unsafe("drop schema graphile_worker cascade");
  });
}

async function removeJobs(tx: TransactionSql, tasks: readonly string[]): Promise<void> {
  const names = tasks.map(literal).join(", ");
  await tx.unsafe(`
    select from graphile_worker.complete_jobs(array(
      select j.id from graphile_worker.jobs j where j.task_identifier in (${names})))`);
}
