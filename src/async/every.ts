import type { Logger } from "../log.ts";
import { waitFor } from "./wait.ts";

/**
 * Runs `work` again and again with a pause between, until stopped. A failure is tried again, because the database may be away, and
 * logged once for each series. `work` gets a signal that tells it to end; `stop` resolves when the current run has ended.
 */
export function every(
  pauseMs: number,
  name: string,
  log: Logger,
  work: (stopping: AbortSignal) => Promise<unknown>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let failing = false;
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await work(stopping.signal);
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error, name }, "a periodic task failed; it will be tried again");
        failing = true;
      }
      await waitFor(pauseMs, stopping.signal);
    }
  };
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
