import type { Sql } from "../../db/client.ts";
import type { Logger } from "../log.ts";
import { every } from "./every.ts";
import type { Liveness } from "./liveness.ts";
import { register } from "./registration.ts";

/** Shorter than the grace that reapers give: after a restart of Postgres all beats are late at once. */
const pauseMs = 1_000;

/**
 * Registers a worker that a pooler keeps from holding a lock: it gives a sign of life each second, and is taken for dead
 * after 15 s without one.
 */
export async function registerBeating(sql: Sql, log: Logger): Promise<Liveness> {
  const registration = await register(sql);
  const { workerId, setPool } = registration;
  await sql`select predraft.beat(${workerId})`;
  const beating = every(pauseMs, "sign of life", log, async () => {
    await registration.revive();
    await sql`select predraft.beat(${workerId})`;
  });
  return {
    workerId,
    setPool,
    async stop() {
      await beating.stop();
      await sql`update predraft.workers set beat_at = '-infinity' where worker_id = ${workerId}`;
      await registration.remove();
    },
  };
}
