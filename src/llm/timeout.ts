import { PredraftError } from "../errors.ts";
import type { Ask } from "./generate.ts";

/** Ends a call at the time-out, its body included, and says which of time-out and signal it was. */
export function inTime(timeoutMs: number, ask: Ask): Ask {
  return async (talk, signal) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await ask(talk, AbortSignal.any([signal, timeout]));
    } catch (error) {
      // A caller's own time-out is one, too.
      const late = signal.aborted ? isTimeOut(signal.reason) : timeout.aborted;
      if (signal.aborted && !late) throw new PredraftError("The call was cut off", { code: "model_aborted" });
      if (late)
        throw new PredraftError("The model did not answer in time", {
          code: "model_timeout",
          retryable: true,
        });
      throw error;
    }
  };
}

const isTimeOut = (reason: unknown): boolean => (reason as Error | undefined)?.name === "TimeoutError";
