import type pg from "pg";
import { createPool } from "../../../db/client/connect.ts";
import { within } from "../../async/timeout.ts";
import type { Logger } from "../../log.ts";

/** Far longer than graphile-worker's own statements take, however long the queue is. */
const stuckMs = 30_000;

/**
 * Makes graphile-worker's own pool: a connection for each job slot, one to listen and a spare one. A dropped connection never ends the
 * process. A connection that does not answer is closed after 30 s: the driver would wait as long as TCP does, and then use it again.
 */
export function createRunnerPool(url: string, concurrency: number, log: Logger): pg.Pool {
  const pool = createPool(url, concurrency + 2, "predraft runner", (error) =>
    log.warn({ from: "connection", err: error }, "a database connection was lost"),
  );
  pool.on("connect", limitQueries);
  return pool;
}

function limitQueries(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
  const limited = (...args: readonly unknown[]): unknown => {
    const answer = query(...args);
    if (!(answer instanceof Promise)) return answer;
    return within(answer, stuckMs, () => void client.end()); // if a query is under way, this cuts the connection
  };
  client.query = limited as typeof client.query;
}
