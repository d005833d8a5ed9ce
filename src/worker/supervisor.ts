import pLimit from "p-limit";
import type { Sql } from "../../db/client.ts";
import { createGenerateDraft } from "../../tasks/generate_draft.ts";
import { createSweepDrafts } from "../../tasks/sweep_drafts.ts";
import type { Drafting } from "../drafts/drafting.ts";
import { waitFor } from "../drafts/wait.ts";
import type { Logger } from "../log.ts";
import { registerWorker } from "./liveness.ts";
import { createRunnerPool } from "./pool.ts";
import { startRunner } from "./runner.ts";

/** What every incarnation of the runner shares. */
type SharedDrafting = Pick<Drafting, "sql" | "log" | "settings" | "provider" | "inFlight" | "timeoutMs">;

export interface SupervisorOptions {
  readonly shared: SharedDrafting;
  readonly url: string;
  readonly directUrl: string;
  readonly graceMs: number;
}

export interface Supervisor {
  /** Ends the incarnation under way in good order and builds a new one, e.g. with another concurrency. */
  renew(): void;
  /** Stops: calls under way get the grace, the rest is given back, nothing stays locked. */
  stop(): Promise<void>;
}

/** Keeps one runner alive: when it dies of a database error it is built anew, with back-off. Resolves once the first one runs. */
export async function superviseRunner(options: SupervisorOptions): Promise<Supervisor> {
  const { log } = options.shared;
  const stopping = new AbortController();
  let current: Incarnation | undefined = await startIncarnation(options);

  const loop = async (): Promise<void> => {
    let failures = 0;
    for (;;) {
      if (current !== undefined) {
        const cause = await current.ended;
        await current.stop();
        current = undefined;
        if (cause === "died") log.warn("the runner died; building a new one");
        failures = cause === "died" ? failures + 1 : 0;
      }
      if (stopping.signal.aborted) return;
      if (failures > 0) await waitFor(Math.min(250 * 2 ** failures, 30_000), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        current = await startIncarnation(options);
      } catch (error) {
        failures += 1;
        log.warn({ err: error }, "the runner could not be started; trying again");
      }
    }
  };
  const running = loop();

  return {
    renew: () => current?.end("renewed"),
    async stop() {
      stopping.abort();
      current?.end("stopped");
      await running;
    },
  };
}

type Cause = "died" | "renewed" | "stopped";

interface Incarnation {
  readonly ended: Promise<Cause>;
  end(cause: Cause): void;
  stop(): Promise<void>;
}

async function startIncarnation(options: SupervisorOptions): Promise<Incarnation> {
  const { shared, graceMs } = options;
  const { sql, log } = shared;
  const concurrency = shared.settings().ai_draft_concurrency;
  const { promise: ended, resolve: end } = Promise.withResolvers<Cause>();
  const stopping = new AbortController();
  const cutOff = new AbortController();
  const liveness = await registerWorker(sql, options.directUrl, log);
  const pool = createRunnerPool(options.url, concurrency, log);
  const drafting: Drafting = {
    ...shared,
    workerId: liveness.workerId,
    limit: pLimit(concurrency),
    stopping: stopping.signal,
    cutOff: cutOff.signal,
  };
  try {
    const runner = await startRunner({
      pool,
      concurrency,
      log,
      tasks: { generate_draft: createGenerateDraft(drafting), sweep_drafts: createSweepDrafts(drafting) },
      onPool: (id) =>
        void liveness.setPool(id).catch((error: unknown) => log.warn({ err: error }, "pool not registered")),
      onFatal: () => end("died"),
    });
    runner.promise.then(
      () => end("died"),
      () => end("died"),
    );
    await sweepAtStart(sql);
    return {
      ended,
      end,
      async stop() {
        stopping.abort();
        const grace = setTimeout(() => cutOff.abort(), graceMs);
        await runner
          .stop()
          .catch((error: unknown) => log.debug({ err: error }, "the runner had stopped already"));
        await runner.promise.catch(() => undefined);
        clearTimeout(grace);
        await pool.end();
        await liveness.stop().catch((error: unknown) => log.warn({ err: error }, "worker not unregistered"));
      },
    };
  } catch (error) {
    await pool.end();
    await liveness.stop().catch(() => undefined);
    throw error;
  }
}

const sweepAtStart = async (sql: Sql): Promise<void> => {
  await sql`select from graphile_worker.add_job('sweep_drafts', job_key := 'sweep_drafts:start', max_attempts := 3)`;
};
