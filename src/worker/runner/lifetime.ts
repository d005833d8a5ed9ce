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
import { type RunnerOptions, startRunner } from "./graphile.ts";
import { createRunnerPool } from "./pool.ts";
import { type Slots, withoutSlot, withSlot } from "./slots.ts";

/** What all runner lifetimes share. */
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
  /** Shared by all lifetimes, so that there are never more calls than slots while one ends and the next begins. */
  readonly slots: Slots;
  readonly url: string;
  /** An address past any pooler; undefined if each query of a connection may run in another session. */
  readonly directUrl: string | undefined;
  readonly onDone: RunnerOptions["onDone"];
  /** Milliseconds that calls under way get to finish at a shutdown. */
  readonly graceMs: number;
}

/** Why a runner lifetime ends. */
export type Cause = "died" | "renewed" | "stopped";

/** A runner from its start to its stop: registered as a worker, with its own pool, slot gate and tasks. */
export interface RunnerLifetime {
  readonly ended: Promise<Cause>;
  end(cause: Cause): void;
  /** What the runner died of, if graphile-worker has said. */
  failure(): unknown;
  /** How many jobs the runner can take at once; the slots may allow fewer. */
  readonly concurrency: number;
  /** Whether other processes can see that this worker lives. */
  readonly proven: () => boolean;
  /**
   * Stops the runner in good order: it begins nothing new, calls under way may finish, and nothing stays locked. Once `shutdown` fires,
   * calls get the grace to finish; those that are left then are cut off and their jobs given back.
   */
  stop(shutdown: AbortSignal): Promise<void>;
}

/** Registers a worker and starts its runner. Resolves once jobs are taken. */
export async function startRunnerLifetime(options: RunnerLifetimeOptions): Promise<RunnerLifetime> {
  const { shared, slots, graceMs } = options;
  const { sql, log } = shared;
  const concurrency = slots.cap;
  const { promise: ended, resolve: end } = Promise.withResolvers<Cause>();
  let failure: unknown;
  const die = (error?: unknown): void => {
    failure ??= error;
    end("died");
  };
  const stopping = new AbortController();
  const cutOff = new AbortController();
  const { directUrl } = options;
  // Other workers make these drafts now, so each job under way is read again and left to the worker that holds the claim.
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
      onDone: options.onDone,
      onFatal: die,
    });
    runner.promise.then(die, die);
    return {
      ended,
      end,
      failure: () => failure,
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

/** How long a runner gets to write its completions after its last task has ended, and how long a pool gets to close. */
const abandonMs = 3_000;
/** How long tasks get to give their jobs back once they are cut off. */
const givingBackMs = 5_000;
/** How long the worker gets to unregister. If the database is away, other workers free what this one held. */
const livenessMs = 5_000;

/**
 * Stops the runner. A runner that a lost connection broke never ends by itself, because it waits for completions that nobody writes
 * any more. So it is abandoned once our tasks have ended, and what it left locked is freed when the worker unregisters. A task that
 * the cut-off does not end, such as a sweep over a large table, is abandoned as well.
 */
async function ending(runner: Runner, tasks: TaskCount, cutOff: AbortSignal, log: Logger): Promise<void> {
  const ended = runner
    .stop()
    .catch((error: unknown) => log.debug({ err: error }, "the runner had stopped already"))
    .then(() => runner.promise.catch(() => undefined))
    .then(() => true);
  const given = tasks.idle().then(() => delay(abandonMs, false));
  const late = fired(cutOff).then(() => delay(givingBackMs, false));
  if (!(await Promise.race([ended, given, late])))
    log.warn({ from: "connection" }, "a broken runner was abandoned");
}

const fired = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

const sweepAtStart = async (sql: Sql): Promise<void> => {
  await sql`select from graphile_worker.add_job('sweep_drafts', job_key := 'sweep_drafts:start', max_attempts := 3)`;
};

/** Counts the running tasks, because a broken runner has lost count of them. */
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
