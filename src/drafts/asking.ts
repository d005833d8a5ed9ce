import { PredraftError, withBilled } from "../errors.ts";
import type { DraftAnswer } from "../llm/answer.ts";
import type { GenerateRequest, Provider } from "../llm/provider.ts";
import type { WholeBrief } from "./brief.ts";
import type { CallResult } from "./call.ts";
import { outgoingBrief } from "./outgoing.ts";
import type { PromptWriter } from "./prompt.ts";
import { restored, withoutTraces } from "./reveal.ts";

/** What is asked of a provider for one draft, and how its answer is taken. */
export interface Asking {
  readonly request: GenerateRequest;
  /** A finished call with its answer as people may see it; one whose answer cannot be shown has failed. */
  reveal(result: CallResult): CallResult;
}

/** Prepares one draft by this provider: what is personal stays in this process. Knows no database. */
export function askingFor(
  provider: Pick<Provider, "remote">,
  prompts: PromptWriter,
  whole: WholeBrief,
): Asking {
  const { brief, mask } = outgoingBrief(whole);
  const shown = (answer: DraftAnswer): DraftAnswer => withoutTraces(restored(answer, mask, whole.channel));
  return {
    // A remote provider is not even given what it must not send.
    request: { brief: provider.remote ? brief : whole, prompt: prompts.write(brief) },
    reveal: (result) => revealed(result, shown),
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
