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
  /** Whether the pool's connections keep their sessions; otherwise statements cannot be prepared. */
  readonly sessions: boolean;
  readonly tasks: TaskList;
  /** The gate that each fetch asks for a slot. */
  readonly gate: SlotGate;
  readonly log: Logger;
  readonly onPool: (poolId: string) => void;
  /** Called with each job that was done. */
  readonly onDone: (job: { readonly key: string | null; readonly payload: unknown }) => void;
  /** Called when the runner cannot go on: it has to be stopped, and another one built. */
  readonly onFatal: (error: unknown) => void;
}

/** Starts one graphile-worker runner, set up so that a stop leaves nothing locked. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const events = new EventEmitter() as WorkerEvents;
  events.on("pool:create", ({ workerPool }) => options.onPool(workerPool.id));
  events.on("pool:fatalError", ({ error }) => options.onFatal(error));
  events.on("job:success", ({ job }) => options.onDone(job));
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
    // The first fetch looks the tasks up, and graphile-worker 0.18 keeps the answer for good, even if it is an error. If the server
    // accepts no writes, the runner ends, because new connections may find another server.
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
    // No flag is ever forbidden. graphile-worker awaits this function before each fetch, so it is the place to wait for a slot.
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
        // Without these two, a stop does not await completions under way, and their rows stay locked for 4 hours.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        // Our own grace decides, so graphile-worker's must not be shorter.
        gracefulShutdownAbortTimeout: 3_600_000,
      },
    },
  });
}

function adaptLogger(log: Logger): RunnerLogger {
  return new RunnerLogger(() => (level, text, fields) => {
    const from = "graphile-worker";
    // A task's error goes into the message with its stack.
    const line = text.split("\n", 1)[0];
    if (level === "error" || level === "warning") log.warn({ from, err: fields?.["error"] }, line);
    else log.trace({ from }, line);
  });
}
