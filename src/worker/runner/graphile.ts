import { EventEmitter } from "node:events";
import {
  parseCronItems,
  type Runner,
  Logger as RunnerLogger,
  run,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import type pg from "pg";
import { isReadOnly } from "../../../db/client/error-codes.ts";
import type { Logger } from "../../log.ts";
import type { SlotGate } from "./slots.ts";

export interface RunnerOptions {
  readonly pool: pg.Pool;
  readonly concurrency: number;
  /** Whether the pool's connections keep their sessions: without, nothing can be prepared in one. */
  readonly sessions: boolean;
  readonly tasks: TaskList;
  /** Where each fetch asks for a slot. */
  readonly gate: SlotGate;
  readonly log: Logger;
  readonly onPool: (poolId: string) => void;
  /** The runner has lost its footing: it is to be stopped and built anew. */
  readonly onFatal: (error: unknown) => void;
}

/** One incarnation of graphile-worker's runner, set up so that a stop leaves nothing locked. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const events = new EventEmitter() as WorkerEvents;
  events.on("pool:create", ({ workerPool }) => options.onPool(workerPool.id));
  events.on("pool:fatalError", ({ error }) => options.onFatal(error));
  const { gate } = options;
  let fetches = false;
  events.on("job:start", () => {
    fetches = true;
  });
  events.on("worker:getJob:empty", () => {
    fetches = true;
    gate.releaseEmpty();
  });
  events.on("worker:getJob:error", ({ error }) => {
    gate.releaseEmpty();
    // The first fetch looks the tasks up, and graphile-worker 0.18 keeps that answer for good, even if it is an error. A server that
    // takes no writes is left: new connections may find another one.
    if (!fetches || isReadOnly(error)) options.onFatal(error);
  });
  return await run({
    pgPool: options.pool,
    taskList: options.tasks,
    parsedCronItems: parseCronItems([
      {
        task: "sweep_drafts",
        match: "*/10 * * * *",
        identifier: "sweep_drafts",
        options: { backfillPeriod: 0 },
      },
      {
        task: "clean_up",
        match: "13 * * * *",
        identifier: "clean_up",
        options: { backfillPeriod: 0, priority: 40 },
      },
    ]),
    // No flag is ever forbidden: this is what graphile-worker awaits before each fetch.
    forbiddenFlags: gate.acquire,
    noHandleSignals: true,
    events,
    logger: adaptLogger(options.log),
    preset: {
      worker: {
        schema: "graphile_worker",
        concurrentJobs: options.concurrency,
        pollInterval: 2_000,
        preparedStatements: options.sessions,
        // Without these, completions still under way at a stop are not awaited, and their rows stay locked for 4 hours.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        // Our own grace decides; graphile-worker's must not be shorter.
        gracefulShutdownAbortTimeout: 3_600_000,
      },
    },
  });
}

function adaptLogger(log: Logger): RunnerLogger {
  return new RunnerLogger(() => (level, text) => {
    if (level === "error" || level === "warning") log.warn({ from: "graphile-worker" }, text);
    else log.trace({ from: "graphile-worker" }, text);
  });
}
