import type { DraftAnswer } from "../domain/answer.ts";
import { createCheck } from "../guardrails/check.ts";
import type { Warning } from "../guardrails/warning.ts";
import { ModelError } from "../llm/model-error.ts";
import type { GenerateRequest, Provider } from "../llm/provider.ts";
import { hasPlaceholder } from "../privacy/placeholders.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { FullBrief } from "../prompt/redact.ts";
import { redact } from "../prompt/redact.ts";
import { restored, unrepeatable, withoutTraces } from "../prompt/unmask.ts";
import type { CallResult } from "./call.ts";
import { faultsOf, reviewOf, subjectOf } from "./draft-check.ts";

/** What came of a call, as people may see it. */
export interface CheckedAnswer {
  /** A finished call with its answer revealed; one whose answer cannot be shown has failed. */
  readonly result: CallResult;
  /** What the guardrails find in the answer. */
  readonly warnings: readonly Warning[];
}

/** What is asked of a provider for one draft, and how its answer is taken. */
export interface ModelRequest {
  readonly request: GenerateRequest;
  readResult(called: CallResult): CheckedAnswer;
}

/** Prepares one draft by this provider: what is personal stays in this process, and each answer is checked. Knows no database. */
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
    // A remote provider is not even given what it must not send.
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
