import { PredraftError, withBilled } from "../errors.ts";
import type { Warning } from "../guardrails/warning.ts";
import type { DraftAnswer } from "../llm/answer.ts";
import type { GenerateRequest, Provider } from "../llm/provider.ts";
import type { WholeBrief } from "./brief.ts";
import type { CallResult } from "./call.ts";
import { outgoingBrief } from "./outgoing.ts";
import type { PromptWriter } from "./prompt.ts";
import { restored, unrepeatable, withoutTraces } from "./reveal.ts";
import { faultsOf, reviewOf, subjectOf } from "./review.ts";

/** What is asked of a provider for one draft, and how its answer is taken. */
export interface Asking {
  readonly request: GenerateRequest;
  /** A finished call with its answer as people may see it; one whose answer cannot be shown has failed. */
  reveal(result: CallResult): CallResult;
  /** What the guardrails find in an answer that was revealed. */
  review(answer: DraftAnswer): readonly Warning[];
}

/** Prepares one draft by this provider: what is personal stays in this process, and each answer is checked. Knows no database. */
export function askingFor(
  provider: Pick<Provider, "remote">,
  prompts: PromptWriter,
  whole: WholeBrief,
): Asking {
  const { brief, mask } = outgoingBrief(whole);
  const prompt = prompts.write(brief);
  const subject = subjectOf(whole, unrepeatable(mask, whole.channel), prompt.system);
  const shown = (answer: DraftAnswer): DraftAnswer => withoutTraces(restored(answer, mask, whole.channel));
  return {
    request: {
      // A remote provider is not even given what it must not send.
      brief: provider.remote ? brief : whole,
      prompt,
      check: (answer) => faultsOf(restored(answer, mask, whole.channel), subject),
    },
    reveal: (result) => revealed(result, shown),
    review: (answer) => reviewOf(answer, subject),
  };
}

function revealed(result: CallResult, shown: (answer: DraftAnswer) => DraftAnswer): CallResult {
  if (result.kind !== "completed") return result;
  const { completion, durationMs } = result;
  try {
    return { ...result, completion: { ...completion, answer: shown(completion.answer) } };
  } catch (error) {
    if (!(error instanceof PredraftError)) throw error;
    return { kind: "failed", error: withBilled(error, completion.billed), durationMs };
  }
}
