import type { Sql } from "../../../db/client/connect.ts";
import type { Logger } from "../../log.ts";

/** Dead means absent throughout this long: after a restart of Postgres all locks are gone at once. */
const graceMs = 2_000;
/** Who has not looked for longer than this knows nothing of what was between. */
const longestGapMs = 10_000;
/** Jobs and claims of somebody who never registered are left alone for this long. */
const strayGrace = "15 seconds";
/** Looking for them means reading the whole queue, which may be long. */
const strayPauseMs = 5_000;

/**
 * Makes a function that frees what dead workers held; call it every second or so. It remembers who was absent since when, and
 * forgets all of it when a query fails, when the server was restarted, and when it has not looked for long: a grace
 * starts after one's own reconnect.
 */
export function createReaper(sql: Sql, log: Logger, now: () => number = () => performance.now()) {
  const absentSince = new Map<number, number>();
  let server: string | undefined;
  let lastLook = Number.NEGATIVE_INFINITY;
  let lastStrays = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<readonly number[]> => {
    const [row] = await sql<{ absent: number[]; server: string }[]>`
      select predraft.absent_workers() as absent, pg_postmaster_start_time()::text as server`;
    const absent = row?.absent ?? [];
    if (row?.server !== server || now() - lastLook > longestGapMs) absentSince.clear();
    server = row?.server;
    lastLook = now();
    for (const worker of absentSince.keys()) if (!absent.includes(worker)) absentSince.delete(worker);
    for (const worker of absent) if (!absentSince.has(worker)) absentSince.set(worker, now());
    return absent.filter((worker) => now() - (absentSince.get(worker) as number) >= graceMs);
  };

  const freeStrays = async (): Promise<void> => {
    if (now() - lastStrays < strayPauseMs) return;
    lastStrays = now();
    const [row] = await sql<{ freed: number }[]>`
      select predraft.reap_strays(${strayGrace}::interval) as freed`;
    if (row && row.freed > 0) log.info({ freed: row.freed }, "freed what belonged to no worker");
  };

  return async (): Promise<void> => {
    try {
      for (const worker of await look()) {
        const [row] = await sql<{ jobs: number | null }[]>`select predraft.reap_worker(${worker}) as jobs`;
        absentSince.delete(worker);
        const jobs = row?.jobs ?? null;
        if (jobs !== null) log.info({ worker, jobs }, "freed what a dead worker held");
      }
      await freeStrays();
    } catch (error) {
      absentSince.clear();
      throw error;
    }
  };
}
