import { hostname } from "node:os";
import type { Sql } from "../../../db/client/connect.ts";
import { version } from "../../version.ts";

/** This process's row in `predraft.workers`. register.ts and heartbeat.ts prove that the process lives. */
export interface Registration {
  readonly workerId: number;
  /** Says which graphile-worker pool is this worker's, because jobs are locked in the name of the pool. */
  setPool(poolId: string): Promise<void>;
  /**
   * Writes the row if it is missing or different, and with `heartbeat` the time of this sign of life. True if the row was gone: then
   * others took this worker for dead and freed what it held.
   */
  keep(heartbeat: boolean): Promise<boolean>;
  /** Removes the row once nothing proves any more that the worker lives, and frees what the worker still holds. */
  remove(): Promise<void>;
}

/** Registers this process as a worker. */
export async function register(sql: Sql): Promise<Registration> {
  const [row] = await sql<{ id: number }[]>`
    select predraft.register_worker(${hostname()}, ${process.pid}, ${version}) as id`;
  const workerId = (row as { id: number }).id;
  let pool: string | null = null;
  return {
    workerId,
    async setPool(poolId) {
      pool = poolId; // if this fails, `keep` writes the pool later
      await sql`update predraft.workers set pool_id = ${poolId} where worker_id = ${workerId}`;
    },
    async keep(heartbeat) {
      const [kept] = await sql<{ was_gone: boolean }[]>`
        select predraft.keep_worker(${workerId}, ${pool}, ${hostname()}, ${process.pid}, ${version}, ${heartbeat}) as was_gone`;
      return kept?.was_gone ?? false;
    },
    async remove() {
      await sql`update predraft.workers set beat_at = null where worker_id = ${workerId} and beat_at is not null`;
      await sql`select predraft.reap_worker(${workerId})`;
    },
  };
}
