import type { BilledCall } from "../domain/billed-call.ts";
import { ModelError } from "../llm/errors/model-error.ts";
import type { Completion, GenerateRequest, Provider } from "../llm/provider.ts";
import type { DraftDeps } from "./deps.ts";

/** How a model call ended. */
export type CallResult =
  | { readonly kind: "completed"; readonly completion: Completion; readonly durationMs: number }
  | {
      readonly kind: "superseded" | "cut_off";
      /** The answers that came before the end. */
      readonly billed: readonly BilledCall[];
      readonly durationMs: number;
    }
  | { readonly kind: "failed"; readonly error: ModelError; readonly durationMs: number };

/** Calls the provider; never rejects. The call ends early when its content changes, at the time-out, and at a shutdown's cut-off. */
export async function callModel(
  deps: Pick<DraftDeps, "timeoutMs" | "cutOff">,
  provider: Provider,
  request: GenerateRequest,
  superseded: AbortSignal,
): Promise<CallResult> {
  const timeout = AbortSignal.timeout(deps.timeoutMs);
  const signal = AbortSignal.any([superseded, deps.cutOff, timeout]);
  const started = performance.now();
  const durationMs = (): number => Math.round(performance.now() - started);
  try {
    const completion = await provider.generate(request, signal);
    return { kind: "completed", completion, durationMs: durationMs() };
  } catch (error) {
    const billed = error instanceof ModelError ? error.billed : [];
    if (superseded.aborted) return { kind: "superseded", billed, durationMs: durationMs() };
    if (deps.cutOff.aborted) return { kind: "cut_off", billed, durationMs: durationMs() };
    return { kind: "failed", error: asFailure(error, timeout.aborted, billed), durationMs: durationMs() };
  }
}

function asFailure(error: unknown, timedOut: boolean, billed: readonly BilledCall[]): ModelError {
  if (timedOut) {
    return new ModelError("The model did not answer in time", {
      code: "model_timeout",
      retryable: true,
      billed,
    });
  }
  if (error instanceof ModelError) return error;
  return new ModelError("The provider failed in a way it should not", {
    code: "model_broken",
    cause: error,
  });
}
