import type { Sql } from "../../../db/client/connect.ts";
import type { Logger } from "../../log.ts";

/** A worker is dead if it was absent all this time: a restart of Postgres frees all locks at once, those of live workers too. */
const graceMs = 2_000;
/** A reaper that has not looked for longer than this does not know what happened meanwhile. */
const longestGapMs = 10_000;
/** Jobs and claims of an owner that never registered are left alone this long. */
const strayGrace = "15 seconds";
/** Time between searches for them: each reads the whole queue, which may be long. */
const strayPauseMs = 5_000;

/**
 * Makes a function that frees what dead workers held; call it about every second. It remembers since when each worker is absent. It
 * forgets this if a query fails, if the server was restarted or if it has not looked for long, because the grace starts anew after a
 * reconnect.
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
    if (row && row.freed > 0)
      log.info({ from: "connection", freed: row.freed }, "freed what belonged to no worker");
  };

  return async (): Promise<void> => {
    try {
      for (const worker of await look()) {
        const [row] = await sql<{ jobs: number | null }[]>`select predraft.reap_worker(${worker}) as jobs`;
        absentSince.delete(worker);
        const jobs = row?.jobs ?? null;
        if (jobs !== null) log.info({ from: "connection", worker, jobs }, "freed what a dead worker held");
      }
      await freeStrays();
    } catch (error) {
      absentSince.clear();
      throw error;
    }
  };
}
