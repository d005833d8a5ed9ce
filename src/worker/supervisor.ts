import { waitFor } from "../drafts/wait.ts";
import { type Cause, type Incarnation, type IncarnationOptions, startIncarnation } from "./incarnation.ts";

export interface Supervisor {
  /** Ends the incarnation under way in good order and builds a new one, e.g. with another concurrency. */
  renew(): void;
  /** Stops: calls under way get the grace, the rest is given back, nothing stays locked. */
  stop(): Promise<void>;
}

const longestBackOffMs = 30_000;
/** A runner that lived this long was healthy: its death begins a new series. */
const healthyMs = 60_000;

/** Keeps one runner alive: when it dies of a database error it is built anew, with back-off. Resolves once the first one runs. */
export async function superviseRunner(options: IncarnationOptions): Promise<Supervisor> {
  const { log } = options.shared;
  const stopping = new AbortController();
  let current: Incarnation | undefined = await startIncarnation(options);

  const outlive = async (incarnation: Incarnation): Promise<Cause> => {
    const cause = await incarnation.ended;
    await incarnation.stop(stopping.signal);
    if (cause === "died") log.warn("the runner died; building a new one");
    return cause;
  };

  const start = async (): Promise<Incarnation | undefined> => {
    try {
      const incarnation = await startIncarnation(options);
      // The setting may have changed while it was being built.
      if (incarnation.concurrency !== options.shared.settings().ai_draft_concurrency)
        incarnation.end("renewed");
      return incarnation;
    } catch (error) {
      log.warn({ err: error }, "the runner could not be started; trying again");
      return undefined;
    }
  };

  /** Lives through one incarnation, and answers how many in a row have died young by now. */
  const live = async (incarnation: Incarnation | undefined, deaths: number): Promise<number> => {
    if (incarnation === undefined) return deaths + 1;
    const since = performance.now();
    if ((await outlive(incarnation)) !== "died") return 0;
    return performance.now() - since > healthyMs ? 1 : deaths + 1;
  };

  const loop = async (): Promise<void> => {
    for (let deaths = 0; !stopping.signal.aborted; ) {
      deaths = await live(current, deaths);
      current = undefined;
      if (deaths > 0) await waitFor(Math.min(250 * 2 ** deaths, longestBackOffMs), stopping.signal);
      if (stopping.signal.aborted) return;
      current = await start();
    }
    // The stop came while it was being built.
    await current?.stop(stopping.signal);
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
