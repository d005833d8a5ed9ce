import { setTimeout as sleep } from "node:timers/promises";
import { PredraftError } from "../../src/errors.ts";
import type { Sql } from "../client/connect.ts";
import type { HostFacts } from "../host/facts.ts";
import type { HostMapping } from "../host/mapping.ts";
import { type TriggerStatement, triggerStatements } from "./sql-files.ts";

/** How long one trigger is tried before migrate gives up, milliseconds. */
const patience = 60_000;

/** lock_not_available, deadlock_detected, query_canceled (by the statement_timeout set here). */
const busy: ReadonlySet<unknown> = new Set(["55P03", "40P01", "57014"]);

/**
 * Attaches our triggers, each in a short transaction that waits at most 100 ms for its lock and is tried again with jitter: a
 * host's sessions queue behind it for no longer. Takes no lock where a trigger is there already. Throws `migrate_locked`, which
 * names who holds the table, after `patienceMs` (60 s) of trying one trigger.
 */
export async function attachTriggers(
  sql: Sql,
  host: HostMapping,
  facts: HostFacts,
  patienceMs: number = patience,
): Promise<void> {
  for (const statement of await triggerStatements(host, facts)) {
    const deadline = performance.now() + patienceMs;
    while (!(await attachOnce(sql, statement, host))) {
      if (performance.now() > deadline)
        throw await lockedError(sql, relationOf(host, statement.on), patienceMs);
      await sleep(50 + Math.random() * 250);
    }
  }
}

/** The host's table that a statement locks. */
export function relationOf(host: HostMapping, on: TriggerStatement["on"]): HostMapping["table"] {
  if (on === "settings") return host.settings;
  if (on === "watched" && host.messages !== null) return host.messages.table;
  return on === "messages" ? { schema: host.table.schema, name: "messages" } : host.table;
}

async function attachOnce(sql: Sql, statement: TriggerStatement, host: HostMapping): Promise<boolean> {
  const { schema, name } = relationOf(host, statement.on);
  const [tree] = await sql<{ partitions: number }[]>`
    select (select count(*)::int from pg_partition_tree(c.oid)) as partitions
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relname = ${name}`;
  try {
    await sql.begin(async (tx) => {
      await tx`set local lock_timeout = '100ms'`;
      // An autovacuum gives way to a lock that has waited this long. The default is 1 s, which we never wait. Only a superuser may set it.
      await tx`select set_config('deadlock_timeout', '50ms', true) from pg_catalog.pg_roles where rolname = current_user and rolsuper`;
      // A partitioned table's partitions are locked one by one, each with a time-out of its own.
      await tx.unsafe(`set local statement_timeout = '${150 + 2 * (tree?.partitions ?? 0)}ms'`);
      await tx.unsafe(statement.text);
    });
    return true;
  } catch (error) {
    if (busy.has((error as { code?: unknown }).code)) return false;
    throw error;
  }
}

/** Who holds the table, told by process, state and age; never by what they run. */
async function lockedError(
  sql: Sql,
  { schema, name }: HostMapping["table"],
  patienceMs: number,
): Promise<PredraftError> {
  const holders = await sql<{ who: string }[]>`
    with tree as (
      select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relname = ${name}
      union
      select p.relid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join lateral pg_partition_tree(c.oid) p where n.nspname = ${schema} and c.relname = ${name}
    )
    select case when l.pid is null then 'a prepared transaction' else format('pid %s (%s, transaction open for %s)', l.pid,
      coalesce(case when a.backend_type <> 'client backend' then a.backend_type else a.state end, 'a session of another role'),
      coalesce(round(extract(epoch from clock_timestamp() - a.xact_start))::int || ' s', 'an unknown time')) end as who
    from pg_locks l
    left join pg_stat_activity a on a.pid = l.pid
    where l.granted and l.locktype = 'relation' and l.relation in (select oid from tree)
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
      and l.mode not in ('AccessShareLock', 'RowShareLock')
    group by l.pid, a.backend_type, a.state, a.xact_start
    order by a.xact_start limit 5`;
  const who = holders.length === 0 ? "sessions that come and go" : holders.map((row) => row.who).join(", ");
  return new PredraftError(
    `A trigger on ${schema}.${name} could not be attached within ${Math.round(patienceMs / 1000)} s: the table is held by ${who}`,
    {
      code: "migrate_locked",
      retryable: true,
      hint: "Run it again when that session has ended; what is attached already stays, and nothing is done twice.",
    },
  );
}
