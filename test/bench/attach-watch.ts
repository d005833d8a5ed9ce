import { setTimeout as pause } from "node:timers/promises";
import { connect, type Sql } from "../../db/client/connect.ts";

/** Lock modes that readers and writers pass. */
const harmless = ["AccessShareLock", "RowShareLock", "RowExclusiveLock"];

export interface Watched {
  /** Milliseconds of each write of the live writer. */
  readonly writes: readonly number[];
  /** For each strong lock on the host's tables that predraft held or waited for: its mode and for how long it was seen, milliseconds. */
  readonly locks: readonly { readonly mode: string; readonly ms: number }[];
  /** Times that the locks were looked at, and the longest gap between two looks, milliseconds. */
  readonly looks: number;
  readonly longestGapMs: number;
}

/**
 * Writes to the host's table and looks at its locks while `work` runs: one session updates and inserts row by row, one holds 50
 * rows in a transaction for 300 ms and gives the table free for 100, one looks at `pg_locks` every few milliseconds.
 */
export async function watched(url: string, work: () => Promise<unknown>): Promise<Watched> {
  const sessions = ["writer", "holder", "watcher"].map((name) =>
    connect(url, { max: 1, applicationName: `bench ${name}`, prepare: true }),
  );
  const [writer, holder, watcher] = sessions as [Sql, Sql, Sql];
  let over = false;
  const running = () => !over;
  try {
    const writing = write(writer, running);
    const holding = hold(holder, running);
    const watching = watch(watcher, running);
    await work().finally(() => {
      over = true;
    });
    await holding;
    return { writes: await writing, ...(await watching) };
  } finally {
    await Promise.all(sessions.map((sql) => sql.end({ timeout: 1 })));
  }
}

async function write(sql: Sql, running: () => boolean): Promise<number[]> {
  const times: number[] = [];
  for (let n = 1; running(); n += 1) {
    const started = performance.now();
    if (n % 5 === 0)
      await sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text, occurred_at)
        values (1, 'wildberries', 'question', ${`live-${n}`}, 'Когда будет в наличии?', now()) returning id`;
    else
      await sql`update public.interactions set updated_at = now(), metadata = '{"link_updated_at": "now"}' where id = ${(n * 7_919) % 900_000}`;
    times.push(performance.now() - started);
    await pause(2);
  }
  return times;
}

async function hold(sql: Sql, running: () => boolean): Promise<void> {
  for (let n = 0; running(); n += 1) {
    await sql.begin(async (tx) => {
      await tx`update public.interactions set updated_at = now() where id between ${900_000 + n * 50} and ${900_049 + n * 50}`;
      await pause(300);
    });
    await pause(100);
  }
}

async function watch(sql: Sql, running: () => boolean): Promise<Omit<Watched, "writes">> {
  const seen = new Map<string, { mode: string; first: number; last: number }>();
  let [looks, longestGapMs, before] = [0, 0, performance.now()];
  while (running()) {
    const rows = await sql<{ lock: string; mode: string }[]>`
      select l.mode, concat_ws(' ', l.pid, l.relation, l.mode, a.xact_start) as lock
      from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'relation' and a.application_name like 'predraft%' and l.mode <> all(${harmless})
        and l.relation in ('public.interactions'::regclass, 'public.runtime_settings'::regclass)`;
    const now = performance.now();
    for (const { lock, mode } of rows)
      seen.set(lock, { mode, first: seen.get(lock)?.first ?? before, last: now });
    longestGapMs = Math.max(longestGapMs, now - before);
    before = now;
    looks += 1;
    await pause(3);
  }
  // From the look before it was first seen: no lock is shorter here than it was.
  return {
    locks: [...seen.values()].map(({ mode, first, last }) => ({ mode, ms: last - first })),
    looks,
    longestGapMs,
  };
}
