import type { Sql } from "../../db/client.ts";
import type { Logger } from "../log.ts";

/** Dead means absent throughout this long: after a restart of Postgres all locks are gone at once. */
const graceMs = 2_000;
/** A pool that holds jobs and never registered is given this long to do so. */
const strayGrace = "15 seconds";

/**
 * Makes a function that frees what dead workers held; call it every second or so. It remembers who was absent since when,
 * and forgets all of it when a query fails: a grace starts after one's own reconnect.
 */
export function createReaper(sql: Sql, log: Logger, now: () => number = () => performance.now()) {
  const absentSince = new Map<number, number>();
  return async (): Promise<void> => {
    let absent: number[];
    try {
      const [row] = await sql<{ absent: number[] }[]>`select predraft.absent_workers() as absent`;
      absent = row?.absent ?? [];
    } catch (error) {
      absentSince.clear();
      throw error;
    }
    for (const worker of absentSince.keys()) if (!absent.includes(worker)) absentSince.delete(worker);
    for (const worker of absent) {
      const since = absentSince.get(worker) ?? now();
      absentSince.set(worker, since);
      if (now() - since < graceMs) continue;
      const [row] = await sql<{ jobs: number }[]>`select predraft.reap_worker(${worker}) as jobs`;
      absentSince.delete(worker);
      log.info({ worker, jobs: row?.jobs ?? 0 }, "freed what a dead worker held");
    }
    await freeStrays(sql, log);
  };
}

async function freeStrays(sql: Sql, log: Logger): Promise<void> {
  const [row] = await sql<
    { pools: string[] }[]
  >`select predraft.stray_pools(${strayGrace}::interval) as pools`;
  for (const pool of row?.pools ?? []) {
    const [freed] = await sql<{ jobs: number }[]>`select predraft.free_pool(${pool}) as jobs`;
    log.info({ jobs: freed?.jobs ?? 0 }, "freed the jobs of a pool that never registered");
  }
}
