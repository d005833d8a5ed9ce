import type pg from "pg";
import { createPool } from "../../../db/client/connect.ts";
import { within } from "../../async/timeout.ts";
import type { Logger } from "../../log.ts";

/** Far more than graphile-worker's own statements take, on however long a queue. */
const stuckMs = 30_000;

/**
 * graphile-worker's own pool: a connection a job slot, one to listen, one to spare. A dropped connection never ends the process, and
 * one that answers no more is closed after 30 s: the driver would wait for as long as TCP does, and hand it out again.
 */
export function createRunnerPool(url: string, concurrency: number, log: Logger): pg.Pool {
  const pool = createPool(url, concurrency + 2, "predraft runner", (error) =>
    log.warn({ err: error }, "a database connection was lost"),
  );
  pool.on("connect", limitQueries);
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
