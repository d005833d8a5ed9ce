import { ModelError } from "./errors/model-error.ts";
import type { SendChat } from "./generate.ts";

/** Ends a call at the time-out, also in the middle of its body, and says whether the time-out or the signal has ended it. */
export function withTimeout(timeoutMs: number, send: SendChat): SendChat {
  return async (chat, signal) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await send(chat, AbortSignal.any([signal, timeout]));
    } catch (error) {
      // A caller's own time-out counts as one, too.
      const late = signal.aborted ? isTimeOut(signal.reason) : timeout.aborted;
      if (signal.aborted && !late) throw new ModelError("The call was cut off", { code: "model_aborted" });
      if (late)
        throw new ModelError("The model did not answer in time", {
          code: "model_timeout",
          retryable: true,
        });
      throw error;
    }
  };
}

const isTimeOut = (reason: unknown): boolean => (reason as Error | undefined)?.name === "TimeoutError";
