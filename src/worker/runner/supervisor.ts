import { waitFor } from "../../async/wait.ts";
import {
  type Cause,
  type RunnerLifetime,
  type RunnerLifetimeOptions,
  startRunnerLifetime,
} from "./lifetime.ts";

export interface Supervisor {
  /** Begins a new runner lifetime if the current runner cannot take as many jobs as there are slots now. */
  resized(): void;
  /** Whether a runner takes jobs now, and whether other processes can see that it lives. */
  state(): { readonly runs: boolean; readonly proven: boolean };
  /** Stops in good order: calls under way get the grace, other jobs are given back, nothing stays locked. */
  stop(): Promise<void>;
}

/** When the database is back, work goes on within this time. */
const longestBackOffMs = 2_000;
/** A runner that lived this long was healthy, so its death begins a new series of back-offs. */
const healthyMs = 60_000;

/** Keeps one runner alive: if a database error ends it, another one is started, with back-off. Resolves once the first one runs. */
export async function superviseRunner(options: RunnerLifetimeOptions): Promise<Supervisor> {
  const { log } = options.shared;
  const stopping = new AbortController();
  let current: RunnerLifetime | undefined = await startRunnerLifetime(options);

  const retiring = new Set<Promise<void>>();

  /** Waits for the end of a lifetime. Its jobs under way end in their own time; the next lifetime begins meanwhile. */
  const outlive = async (lifetime: RunnerLifetime): Promise<Cause> => {
    const cause = await lifetime.ended;
    const retired: Promise<void> = lifetime.stop(stopping.signal).finally(() => retiring.delete(retired));
    retiring.add(retired);
    if (cause === "died")
      log.warn({ from: "connection", err: lifetime.failure() }, "the runner died; building a new one");
    return cause;
  };

  const widen = (lifetime: RunnerLifetime | undefined): void => {
    if (lifetime !== undefined && lifetime.concurrency < options.slots.cap) lifetime.end("renewed");
  };

  const start = async (): Promise<RunnerLifetime | undefined> => {
    try {
      const lifetime = await startRunnerLifetime(options);
      widen(lifetime); // the setting may have changed while the runner was being built
      return lifetime;
    } catch (error) {
      log.warn({ err: error }, "the runner could not be started; trying again");
      return undefined;
    }
  };

  /** Waits for the end of one lifetime, and returns how many in a row have died early by now. */
  const live = async (lifetime: RunnerLifetime | undefined, deaths: number): Promise<number> => {
    if (lifetime === undefined) return deaths + 1;
    const since = performance.now();
    if ((await outlive(lifetime)) !== "died") return 0;
    return performance.now() - since > healthyMs ? 1 : deaths + 1;
  };

  const loop = async (): Promise<void> => {
    for (let deaths = 0; !stopping.signal.aborted; ) {
      deaths = await live(current, deaths);
      current = undefined;
      if (deaths > 0) await waitFor(Math.min(250 * 2 ** deaths, longestBackOffMs), stopping.signal);
      if (stopping.signal.aborted) break;
      current = await start();
    }
    // The stop came while this runner was being built.
    await current?.stop(stopping.signal);
    await Promise.all(retiring);
  };
  const running = loop();

  return {
    resized: () => widen(current),
    state: () => ({ runs: current !== undefined, proven: current?.proven() ?? false }),
    async stop() {
      stopping.abort();
      current?.end("stopped");
      await running;
    },
  };
}
