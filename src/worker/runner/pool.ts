import pg from "pg";
import { within } from "../../async/timeout.ts";
import type { Logger } from "../../log.ts";

/** Far more than graphile-worker's own statements take, on however long a queue. */
const stuckMs = 30_000;

/**
 * graphile-worker's own pool: a connection a job slot, one to listen, one to spare. A dropped connection never ends the process, and
 * one that answers no more is closed after 30 s: the driver would wait for as long as TCP does, and hand it out again.
 */
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
    limitQueries(client);
  });
  return pool;
}

function limitQueries(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
  const limited = (...args: readonly unknown[]): unknown => {
    const answer = query(...args);
    if (!(answer instanceof Promise)) return answer;
    return within(answer, stuckMs, () => void client.end()); // with a query under way this cuts the connection
  };
  client.query = limited as typeof client.query;
}
