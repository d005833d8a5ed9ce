import { setTimeout as delay } from "node:timers/promises";
import type { Runner, Task } from "graphile-worker";
import type { Sql } from "../../../db/client/connect.ts";
import { createCleanUp } from "../../../tasks/clean_up.ts";
import { createGenerateDraft, createGiveBackDraft } from "../../../tasks/generate_draft.ts";
import { createSweepDrafts } from "../../../tasks/sweep_drafts.ts";
import { within } from "../../async/timeout.ts";
import type { DraftDeps } from "../../drafts/deps.ts";
import type { Logger } from "../../log.ts";
import { registerByHeartbeat } from "../liveness/heartbeat.ts";
import { registerWorker } from "../liveness/register.ts";
import { startRunner } from "./graphile.ts";
import { createRunnerPool } from "./pool.ts";
import { type Slots, withoutSlot, withSlot } from "./slots.ts";

/** What every incarnation of the runner shares. */
type SharedDeps = Pick<
  DraftDeps,
  | "sql"
  | "patientSql"
  | "log"
  | "settings"
  | "provider"
  | "prompts"
  | "inFlight"
  | "parkSeller"
  | "onThrottled"
  | "timeoutMs"
>;

export interface RunnerLifetimeOptions {
  readonly shared: SharedDeps;
  /** Shared by all incarnations: while one ends and the next begins, there are no more calls than there are slots. */
  readonly slots: Slots;
  readonly url: string;
  /** Past any pooler; undefined: every connection may be another session each time. */
  readonly directUrl: string | undefined;
  /** Milliseconds that calls under way get at a shutdown. */
  readonly graceMs: number;
}

/** Why an incarnation ends. */
export type Cause = "died" | "renewed" | "stopped";

/** One life of the runner: registered as a worker, with a pool, a limiter and tasks of its own. */
export interface RunnerLifetime {
  readonly ended: Promise<Cause>;
  end(cause: Cause): void;
  /** How many jobs it can take at once; the slots may allow fewer. */
  readonly concurrency: number;
  /** Whether others can see that this worker lives. */
  readonly proven: () => boolean;
  /**
   * Stops it in good order: nothing new is begun, calls under way may finish, nothing stays locked. Once `shutdown` fires they
   * get the grace, and what is left then is cut off and given back.
   */
  stop(shutdown: AbortSignal): Promise<void>;
}

/** Registers a worker and starts its runner. Resolves once jobs are taken. */
export async function startRunnerLifetime(options: RunnerLifetimeOptions): Promise<RunnerLifetime> {
  const { shared, slots, graceMs } = options;
  const { sql, log } = shared;
  const concurrency = slots.cap;
  const { promise: ended, resolve: end } = Promise.withResolvers<Cause>();
  const stopping = new AbortController();
  const cutOff = new AbortController();
  const { directUrl } = options;
  // Others make these drafts now: what we have under way is read again, and left to whoever holds the claim.
  const onReaped = (): void => {
    log.warn("this worker was taken for dead while it lived; what it had under way is looked at anew");
    for (const flight of shared.inFlight.list()) shared.inFlight.supersede(flight.interactionId, null);
  };
  const liveness = await (directUrl === undefined
    ? registerByHeartbeat(sql, log, onReaped)
    : registerWorker(sql, directUrl, log, onReaped));
  const pool = createRunnerPool(directUrl ?? options.url, concurrency, log);
  const tasks = createTaskCount();
  const gate = slots.open();
  const deps: DraftDeps = {
    ...shared,
    workerId: liveness.workerId,
    limit: slots.limit,
    stopping: stopping.signal,
    cutOff: cutOff.signal,
  };
  try {
    await sweepAtStart(sql);
    const runner = await startRunner({
      pool,
      concurrency,
      sessions: directUrl !== undefined,
      log,
      gate,
      tasks: {
        generate_draft: tasks.counted(withSlot(gate, createGenerateDraft(deps), createGiveBackDraft(deps))),
        sweep_drafts: tasks.counted(withoutSlot(gate, createSweepDrafts(deps))),
        clean_up: tasks.counted(withoutSlot(gate, createCleanUp(deps))),
      },
      onPool: (id) =>
        void liveness.setPool(id).catch((error: unknown) => log.warn({ err: error }, "pool not registered")),
      onFatal: () => end("died"),
    });
    runner.promise.then(
      () => end("died"),
      () => end("died"),
    );
    return {
      ended,
      end,
      concurrency,
      proven: liveness.proven,
      async stop(shutdown) {
        stopping.abort();
        let grace: NodeJS.Timeout | undefined;
        const hurry = (): void => {
          grace ??= setTimeout(() => cutOff.abort(), graceMs);
        };
        if (shutdown.aborted) hurry();
        else shutdown.addEventListener("abort", hurry, { once: true });
        const ended = ending(runner, tasks, cutOff.signal, log);
        gate.close();
        await ended;
        gate.forget();
        shutdown.removeEventListener("abort", hurry);
        clearTimeout(grace);
        await Promise.race([pool.end(), delay(abandonMs)]);
        await within(liveness.stop(), livenessMs).catch((error: unknown) =>
          log.warn({ err: error }, "worker not unregistered; others will free what it held"),
        );
      },
    };
  } catch (error) {
    gate.close();
    await Promise.race([pool.end(), delay(abandonMs)]);
    await within(liveness.stop(), livenessMs).catch(() => undefined);
    throw error;
  }
}

/** How long a runner gets to write its completions after its last task has ended, and a pool to close. */
const abandonMs = 3_000;
/** How long tasks get to give their jobs back once they are cut off. */
const givingBackMs = 5_000;
/** How long it gets to unregister: others free what is left, where the database is away. */
const livenessMs = 5_000;

/**
 * Stops the runner. One that a lost connection broke never ends by itself, since it waits for completions that nobody writes any
 * more: once our tasks have ended it is abandoned, and what it left locked is freed when the worker unregisters. So is a task that
 * the cut-off doesn't end, such as a sweep that is reading a large table.
 */
async function ending(runner: Runner, tasks: TaskCount, cutOff: AbortSignal, log: Logger): Promise<void> {
  const ended = runner
    .stop()
    .catch((error: unknown) => log.debug({ err: error }, "the runner had stopped already"))
    .then(() => runner.promise.catch(() => undefined))
    .then(() => true);
  const given = tasks.idle().then(() => delay(abandonMs, false));
  const late = fired(cutOff).then(() => delay(givingBackMs, false));
  if (!(await Promise.race([ended, given, late]))) log.warn("a broken runner was abandoned");
}

const fired = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

const sweepAtStart = async (sql: Sql): Promise<void> => {
  await sql`select from graphile_worker.add_job('sweep_drafts', job_key := 'sweep_drafts:start', max_attempts := 3)`;
};

/** Knows which tasks are running, so that a stop need not believe a runner that has lost count. */
interface TaskCount {
  counted(task: Task): Task;
  /** Resolves once none is running. */
  idle(): Promise<void>;
}

function createTaskCount(): TaskCount {
  const running = new Set<Promise<unknown>>();
  return {
    counted: (task) => async (payload, helpers) => {
      const run = Promise.resolve(task(payload, helpers));
      running.add(run);
      try {
        return await run;
      } finally {
        running.delete(run);
      }
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
