import { setTimeout as breathe } from "node:timers/promises";
import type postgres from "postgres";

/** Looks at the database all the time, from outside. */
export interface Witness {
  /** From now on drafts are judged by predraft's hash as well, which has to be there. */
  hashes(there: boolean): Promise<void>;
  /** What was seen that must never be; ends the watch. */
  end(): Promise<{ looks: number; stale: unknown[]; blocked: unknown[] }>;
}

const ours = ["llm", "fallback", "offline"];

/** Rows that show a draft of ours for other words than the row's. `byHash`: by the hash, too. */
async function staleDrafts(sql: postgres.Sql, byHash: boolean): Promise<readonly unknown[]> {
  const hash = byHash
    ? sql`d ->> 'content_hash' is distinct from predraft.content_hash(i.channel, i.rating, i.text, null, case when i.channel = 'chat' then i.occurred_at end)`
    : sql`false`;
  return await sql`
    select i.id, i.text, d
    from public.interactions i cross join lateral (select i.metadata -> 'last_ai_draft' as d offset 0) x
    where d ->> 'source' = any(${ours}) and (${hash}
      or d ->> 'source' = 'llm' and (
        split_part(substring(d ->> 'text' from 'тема \\d+-\\d+'), '-', 1) is distinct from split_part(substring(i.text from 'тема \\d+-\\d+'), '-', 1)
        or (substring(d ->> 'text' from 'тема \\d+-(\\d+)'))::int < (substring(i.text from 'тема \\d+-(\\d+)'))::int))`;
}

interface Blocked {
  readonly host: number;
  readonly since: string;
  readonly blocker: number;
  readonly what: string;
}

/**
 * Host statements that wait for a session of ours which waits itself, be it for a lock, for its client or in an open transaction:
 * a worker's own statement on the row passes in a millisecond, and is none of this.
 */
const blockedHosts = (sql: postgres.Sql) => sql<Blocked[]>`
  select h.pid as host, h.query_start::text as since, p.pid as blocker,
    format('%s: %s, %s %s', p.application_name, p.state, p.wait_event_type, p.wait_event) as what
  from pg_stat_activity h
  cross join lateral unnest(pg_blocking_pids(h.pid)) b(pid)
  join pg_stat_activity p on p.pid = b.pid
  where h.datname = current_database() and h.application_name = 'host' and h.wait_event_type = 'Lock'
    and p.application_name like 'predraft%' and p.application_name not in ('predraft attach', 'predraft migrate', 'predraft detach')
    and (p.state like 'idle in transaction%' or p.wait_event_type in ('Lock', 'Client'))`;

/** Starts to look. `sql` has to be a client of its own. */
export function startWitness(sql: postgres.Sql): Witness {
  let byHash = false;
  let ended = false;
  let looks = 0;
  let current: Promise<unknown> = Promise.resolve();
  const stale: unknown[] = [];
  const blocked: unknown[] = [];
  let before = new Set<string>();
  const look = async (): Promise<void> => {
    stale.push(...(await staleDrafts(sql, byHash)));
    const now = await blockedHosts(sql);
    // Sessions and locks are not read at one moment: only what two looks see alike was so.
    blocked.push(...now.filter((one) => before.has(JSON.stringify(one))));
    before = new Set(now.map((one) => JSON.stringify(one)));
    looks += 1;
  };
  const watching = (async () => {
    while (!ended) {
      current = look();
      await current;
      await breathe(20);
    }
  })();
  return {
    async hashes(there) {
      byHash = there;
      await current;
    },
    async end() {
      ended = true;
      await watching;
      return { looks, stale, blocked };
    },
  };
}
