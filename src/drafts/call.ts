import type { BilledCall } from "../domain/billed-call.ts";
import { PredraftError } from "../errors.ts";
import type { Completion, GenerateRequest, Provider } from "../llm/provider.ts";
import type { Drafting } from "./deps.ts";

/** How a model call ended. */
export type CallResult =
  | { readonly kind: "completed"; readonly completion: Completion; readonly durationMs: number }
  | {
      readonly kind: "superseded" | "cut_off";
      /** What was answered before it was cut off. */
      readonly billed: readonly BilledCall[];
      readonly durationMs: number;
    }
  | { readonly kind: "failed"; readonly error: PredraftError; readonly durationMs: number };

/** Calls the provider; never rejects. The call ends early when its content changes, at the time-out, and at a shutdown's cut-off. */
export async function callModel(
  drafting: Pick<Drafting, "timeoutMs" | "cutOff">,
  provider: Provider,
  request: GenerateRequest,
  superseded: AbortSignal,
): Promise<CallResult> {
  const timeout = AbortSignal.timeout(drafting.timeoutMs);
  const signal = AbortSignal.any([superseded, drafting.cutOff, timeout]);
  const started = performance.now();
  const durationMs = (): number => Math.round(performance.now() - started);
  try {
    const completion = await provider.generate(request, signal);
    return { kind: "completed", completion, durationMs: durationMs() };
  } catch (error) {
    const billed = error instanceof PredraftError ? error.billed : [];
    if (superseded.aborted) return { kind: "superseded", billed, durationMs: durationMs() };
    if (drafting.cutOff.aborted) return { kind: "cut_off", billed, durationMs: durationMs() };
    return { kind: "failed", error: asFailure(error, timeout.aborted, billed), durationMs: durationMs() };
  }
}

function asFailure(error: unknown, timedOut: boolean, billed: readonly BilledCall[]): PredraftError {
  if (timedOut) {
    return new PredraftError("The model did not answer in time", {
      code: "model_timeout",
      retryable: true,
      billed,
    });
  }
  if (error instanceof PredraftError) return error;
  return new PredraftError("The provider failed in a way it should not", {
    code: "model_broken",
    cause: error,
  });
}
