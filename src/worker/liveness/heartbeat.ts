import type { Sql } from "../../../db/client/connect.ts";
import { every } from "../../async/every.ts";
import type { Logger } from "../../log.ts";
import type { Liveness } from "./register.ts";
import { register } from "./row.ts";

/** Time between heartbeats. It is much shorter than the grace, because a restart of Postgres makes all heartbeats late at once. */
const pauseMs = 1_000;
/** How long reapers wait for a heartbeat (db/sql/130_workers.sql). */
const graceMs = 15_000;

/**
 * Registers a worker that cannot hold a lock because of a pooler. It sends a heartbeat each second, and counts as dead after 15 s
 * without one; `onReaped` is called if that has happened.
 */
export async function registerByHeartbeat(sql: Sql, log: Logger, onReaped: () => void): Promise<Liveness> {
  const registration = await register(sql);
  const { workerId, setPool } = registration;
  await registration.keep(true);
  let last = performance.now();
  const beating = every(pauseMs, "sign of life", log, async () => {
    const wasGone = await registration.keep(true);
    last = performance.now();
    if (wasGone) onReaped();
  });
  return {
    workerId,
    setPool,
    proven: () => performance.now() - last < graceMs,
    async stop() {
      await beating.stop();
      await registration.remove();
    },
  };
}
