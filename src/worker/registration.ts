import { hostname } from "node:os";
import type { Sql } from "../../db/client.ts";
import { version } from "../version.ts";

/** This process's row in `predraft.workers`; how it proves that it lives is another matter (liveness.ts, beats.ts). */
export interface Registration {
  readonly workerId: number;
  /** Tells which of graphile-worker's pools is this worker's: jobs are locked by it. */
  setPool(poolId: string): Promise<void>;
  /** Another process may have taken us for dead meanwhile; that did no harm, and now we are back. */
  revive(): Promise<void>;
  /** Takes the row away where nothing proves any more that we live, and frees whatever is left behind. */
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
      pool = poolId;
      await sql`update predraft.workers set pool_id = ${poolId} where worker_id = ${workerId}`;
    },
    async revive() {
      await sql`select predraft.revive_worker(${workerId}, ${pool}, ${hostname()}, ${process.pid}, ${version})`;
    },
    async remove() {
      await sql`select predraft.reap_worker(${workerId})`;
    },
  };
}
