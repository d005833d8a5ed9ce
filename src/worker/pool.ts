import pg from "pg";
import type { Logger } from "../log.ts";

/** graphile-worker's own pool: a connection a job slot, one to listen, one to spare. A dropped connection never ends the process. */
export function createRunnerPool(url: string, concurrency: number, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: concurrency + 2,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    connectionTimeoutMillis: 10_000,
    application_name: "predraft runner",
  });
  pool.on("error", (error) => log.warn({ err: error }, "an idle database connection was lost"));
  pool.on("connect", (client) => {
    client.on("error", (error) => log.warn({ err: error }, "a database connection was lost"));
  });
  return pool;
}
