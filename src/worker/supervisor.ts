import { waitFor } from "../drafts/wait.ts";
import { type Cause, type Incarnation, type IncarnationOptions, startIncarnation } from "./incarnation.ts";

export interface Supervisor {
  /** Ends the incarnation under way in good order and builds a new one, e.g. with another concurrency. */
  renew(): void;
  /** Stops: calls under way get the grace, the rest is given back, nothing stays locked. */
  stop(): Promise<void>;
}

const longestBackOffMs = 30_000;

/** Keeps one runner alive: when it dies of a database error it is built anew, with back-off. Resolves once the first one runs. */
export async function superviseRunner(options: IncarnationOptions): Promise<Supervisor> {
  const { log } = options.shared;
  const stopping = new AbortController();
  let current: Incarnation | undefined = await startIncarnation(options);

  const outlive = async (incarnation: Incarnation): Promise<Cause> => {
    const cause = await incarnation.ended;
    await incarnation.stop();
    if (cause === "died") log.warn("the runner died; building a new one");
    return cause;
  };

  const start = async (): Promise<Incarnation | undefined> => {
    try {
      return await startIncarnation(options);
    } catch (error) {
      log.warn({ err: error }, "the runner could not be started; trying again");
      return undefined;
    }
  };

  const loop = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const cause = current === undefined ? "died" : await outlive(current);
      current = undefined;
      failures = cause === "died" ? failures + 1 : 0;
      if (failures > 0) await waitFor(Math.min(250 * 2 ** failures, longestBackOffMs), stopping.signal);
      if (!stopping.signal.aborted) current = await start();
    }
    // A signal may have come while it was being built.
    await current?.stop();
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
