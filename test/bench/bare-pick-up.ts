import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { connect } from "../../db/client/connect.ts";
import type { Sample } from "./stats.ts";

export interface BarePickUp {
  /** Adds one job and waits until its task starts. */
  measure(): Promise<Sample>;
  stop(): Promise<void>;
}

/** graphile-worker by itself, with the settings of predraft's runner and an empty task. */
export async function startBarePickUp(url: string, concurrency: number): Promise<BarePickUp> {
  await runMigrations({ connectionString: url });
  const pool = new pg.Pool({ connectionString: url, max: concurrency + 2 });
  // What goes wrong shows in the run itself.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const host = connect(url, { max: 1, applicationName: "bench bare host" });
  let started = Promise.withResolvers<number>();
  const runner = await run({
    pgPool: pool,
    taskList: { bench_empty: () => started.resolve(performance.now()) },
    parsedCronItems: [],
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    preset: {
      worker: {
        concurrentJobs: concurrency,
        pollInterval: 2_000,
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  return {
    async measure() {
      started = Promise.withResolvers<number>();
      const sent = performance.now();
      await host`select from graphile_worker.add_job('bench_empty', '{}'::json)`;
      const committed = performance.now();
      const at = await started.promise;
      return { fromCommit: at - committed, fromSend: at - sent };
    },
    async stop() {
      await runner.stop();
      await pool.end();
      await host.end({ timeout: 1 });
    },
  };
}
