import type { Sql } from "../../../db/client/connect.ts";
import { every } from "../../async/every.ts";
import type { Logger } from "../../log.ts";
import type { Liveness } from "./register.ts";
import { register } from "./row.ts";

/** Shorter than the grace that reapers give: after a restart of Postgres all beats are late at once. */
const pauseMs = 1_000;
/** As long as reapers wait for a beat (db/sql/130_workers.sql). */
const graceMs = 15_000;

/**
 * Registers a worker that a pooler keeps from holding a lock: it gives a sign of life each second, and is taken for dead
 * after 15 s without one. `onReaped`: that has happened.
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
