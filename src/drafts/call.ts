import { PredraftError } from "../errors.ts";
import type { Completion, GenerateRequest, Provider, Usage } from "../llm/provider.ts";
import type { Drafting } from "./drafting.ts";

/** How a model call ended. `usage`: what was billed for it all the same, as far as the service told. */
export type CallResult = { readonly durationMs: number } & (
  | { readonly kind: "completed"; readonly completion: Completion }
  | { readonly kind: "superseded" | "cut_off"; readonly usage: Usage | null }
  | { readonly kind: "failed"; readonly error: PredraftError; readonly usage: Usage | null }
);

/** Calls the provider; never rejects. The call ends early when its content changes, at the time-out, and at a shutdown's cut-off. */
export async function callModel(
  drafting: Drafting,
  provider: Provider,
  request: GenerateRequest,
  superseded: AbortSignal,
): Promise<CallResult> {
  const timeout = AbortSignal.timeout(drafting.timeoutMs);
  const signal = AbortSignal.any([superseded, drafting.cutOff, timeout]);
  const started = performance.now();
  const durationMs = (): number => Math.round(performance.now() - started);
  let usage: Usage | null = null;
  const onUsage = (billed: Usage): void => {
    usage = billed;
  };
  try {
    const completion = await provider.generate({ ...request, onUsage }, signal);
    return { kind: "completed", completion, durationMs: durationMs() };
  } catch (error) {
    if (superseded.aborted) return { kind: "superseded", usage, durationMs: durationMs() };
    if (drafting.cutOff.aborted) return { kind: "cut_off", usage, durationMs: durationMs() };
    return { kind: "failed", error: asFailure(error, timeout.aborted), usage, durationMs: durationMs() };
  }
}

function asFailure(error: unknown, timedOut: boolean): PredraftError {
  if (timedOut) {
    return new PredraftError("The model did not answer in time", { code: "model_timeout", retryable: true });
  }
  if (error instanceof PredraftError) return error;
  return new PredraftError("The provider failed in a way it should not", {
    code: "model_broken",
    cause: error,
  });
}
