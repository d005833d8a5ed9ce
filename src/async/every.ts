import type { Logger } from "../log.ts";
import { waitFor } from "./wait.ts";

/**
 * Runs `work` again and again with a pause between, until stopped. A failure is logged once for each series of failures
 * and tried again: the database may be away. `work` is handed a signal that tells it to come to an end; `stop` resolves when the run under way has ended.
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
