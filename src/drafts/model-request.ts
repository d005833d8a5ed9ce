import type { DraftAnswer } from "../domain/answer.ts";
import { createCheck } from "../guardrails/check.ts";
import type { Warning } from "../guardrails/warning.ts";
import { ModelError } from "../llm/errors/model-error.ts";
import type { GenerateRequest, Provider } from "../llm/provider.ts";
import { hasPlaceholder } from "../privacy/placeholders.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { FullBrief } from "../prompt/redact.ts";
import { redact } from "../prompt/redact.ts";
import { restored, unrepeatable, withoutTraces } from "../prompt/unmask.ts";
import type { CallResult } from "./call.ts";
import { faultsOf, reviewOf, subjectOf } from "./draft-check.ts";

/** A call's result as people may see it. */
export interface CheckedAnswer {
  /** A completed call with its answer unmasked; failed if its answer cannot be shown. */
  readonly result: CallResult;
  /** The guardrails' findings in the answer. */
  readonly warnings: readonly Warning[];
}

/** The request for one draft, and the reading of its result. */
export interface ModelRequest {
  readonly request: GenerateRequest;
  readResult(called: CallResult): CheckedAnswer;
}

/** Prepares one draft by this provider: personal data stays in this process, and each answer is checked. Uses no database. */
export function createModelRequest(
  provider: Pick<Provider, "remote">,
  prompts: PromptWriter,
  whole: FullBrief,
): ModelRequest {
  const { brief, mask, personal } = redact(whole);
  const prompt = prompts.write(brief);
  const hidden = unrepeatable(personal(), whole.channel);
  const check = createCheck(subjectOf(whole, hidden, prompts.instructionsIn(prompt)));
  const open = (answer: DraftAnswer): DraftAnswer => restored(answer, mask, whole.channel);
  return {
    // A remote provider does not even get what it must not send.
    request: {
      brief: provider.remote ? brief : whole,
      prompt,
      check: (answer) => faultsOf(open(answer), check),
    },
    readResult(called) {
      if (called.kind !== "completed") return { result: called, warnings: [] };
      const opened = open(called.completion.answer);
      const result = shown(called, opened);
      if (result.kind !== "completed") return { result, warnings: [] };
      const isCut = hasPlaceholder(opened.text);
      return { result, warnings: reviewOf(result.completion.answer.text, check, isCut) };
    },
  };
}

function shown(called: Extract<CallResult, { kind: "completed" }>, opened: DraftAnswer): CallResult {
  const { completion, durationMs } = called;
  try {
    return { ...called, completion: { ...completion, answer: withoutTraces(opened) } };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { kind: "failed", error: error.after(completion.billed), durationMs };
  }
}
