import { hostname } from "node:os";
import type { Sql } from "../../db/client.ts";
import type { Logger } from "../log.ts";
import { version } from "../version.ts";
import { every } from "./every.ts";
import type { Liveness } from "./liveness.ts";

/** Shorter than the grace that reapers give: after a restart of Postgres all beats are late at once. */
const pauseMs = 1_000;

/**
 * Registers a worker that a pooler keeps from holding a lock: it gives a sign of life each second, and is taken for dead
 * after 15 s without one.
 */
export async function registerBeating(sql: Sql, log: Logger): Promise<Liveness> {
  const [row] = await sql<{ id: number }[]>`
    select predraft.register_worker(${hostname()}, ${process.pid}, ${version}) as id`;
  const workerId = (row as { id: number }).id;
  let pool: string | null = null;
  await sql`select predraft.beat(${workerId})`;
  const beating = every(pauseMs, "sign of life", log, async () => {
    // Another process may have taken us for dead meanwhile; that did no harm, and now we are back.
    await sql`select predraft.revive_worker(${workerId}, ${pool}, ${hostname()}, ${process.pid}, ${version})`;
    await sql`select predraft.beat(${workerId})`;
  });
  return {
    workerId,
    async setPool(poolId) {
      pool = poolId;
      await sql`update predraft.workers set pool_id = ${poolId} where worker_id = ${workerId}`;
    },
    async stop() {
      await beating.stop();
      await sql`update predraft.workers set beat_at = '-infinity' where worker_id = ${workerId}`;
      await sql`select predraft.reap_worker(${workerId})`;
    },
  };
}
