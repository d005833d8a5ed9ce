import { hostname } from "node:os";
import type { Sql } from "../../../db/client/connect.ts";
import { version } from "../../version.ts";

/** This process's row in `predraft.workers`; how it proves that it lives is another matter (liveness.ts, beats.ts). */
export interface Registration {
  readonly workerId: number;
  /** Tells which of graphile-worker's pools is this worker's: jobs are locked by it. */
  setPool(poolId: string): Promise<void>;
  /**
   * Makes sure of the row and what is in it; with `beats` it says as well that we live. True where it was gone: others took us for
   * dead meanwhile, and freed what we held.
   */
  keep(beats: boolean): Promise<boolean>;
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
      pool = poolId; // should this fail, `keep` makes up for it
      await sql`update predraft.workers set pool_id = ${poolId} where worker_id = ${workerId}`;
    },
    async keep(beats) {
      const [kept] = await sql<{ was_gone: boolean }[]>`
        select predraft.keep_worker(${workerId}, ${pool}, ${hostname()}, ${process.pid}, ${version}, ${beats}) as was_gone`;
      return kept?.was_gone ?? false;
    },
    async remove() {
      await sql`update predraft.workers set beat_at = null where worker_id = ${workerId} and beat_at is not null`;
      await sql`select predraft.reap_worker(${workerId})`;
    },
  };
}
