import type { DraftAnswer } from "../domain/answer.ts";
import type { BilledCall } from "../domain/billed-call.ts";
import type { DraftBrief } from "../domain/brief.ts";
import type { ListedModels } from "./listed-models.ts";

/** A prompt in two parts: `system` is ours and fixed first, `user` carries the buyer's text fenced as data. */
export interface Prompt {
  readonly version: string;
  readonly system: string;
  readonly user: string;
}

/** One finished generation: a call, and a repair call if the first answer was not usable. */
export interface Completion {
  readonly answer: DraftAnswer;
  readonly responseModel: string | null;
  readonly finishReason: string | null;
  /** The calls that it took; none if nothing was billed (offline). */
  readonly billed: readonly BilledCall[];
}

/** A language-model service, or what stands in for one. */
export interface Provider {
  /** `openai`, `offline`, … as in the setting `llm_provider`. */
  readonly name: string;
  /** Name of the model that is asked for. */
  readonly model: string;
  /** Remote calls are paid: pace and limits count them, and their prompts leave the process. */
  readonly remote: boolean;
  /**
   * Makes one draft. Rejects with a `ModelError` whose `retryable`, `retryAfterMs` and `billed` are set,
   * code `model_*`; with code `model_aborted` once `signal` fires.
   */
  generate(request: GenerateRequest, signal: AbortSignal): Promise<Completion>;
  /** The cheapest question: which models the service lists; null if it has no list. Rejects as `generate` does. */
  readonly listModels?: (signal: AbortSignal) => Promise<ListedModels | null>;
}

export interface GenerateRequest {
  readonly brief: DraftBrief;
  readonly prompt: Prompt;
  /**
   * Judges an answer that could be read: what is wrong with it, for the model to mend, or null. It gets the generation's one repair
   * call; an answer that is at fault again is kept as it is.
   */
  readonly check?: (answer: DraftAnswer) => string | null;
}
