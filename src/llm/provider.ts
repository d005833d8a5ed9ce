import type { DraftAnswer } from "./answer.ts";
import type { DraftBrief } from "./brief.ts";

/** A prompt in two parts: `system` is ours and fixed first, `user` carries the buyer's text fenced as data. */
export interface Prompt {
  readonly version: string;
  readonly system: string;
  readonly user: string;
}

/** Tokens of one generation (a call and at most one repair call), as the service billed them. */
export interface Usage {
  readonly inputTokens: number;
  /** Part of `inputTokens` that the service read from its cache. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** One finished generation. */
export interface Completion {
  readonly answer: DraftAnswer;
  readonly responseModel: string | null;
  readonly finishReason: string | null;
  /** null where nothing was billed (offline). */
  readonly usage: Usage | null;
}

/** A language-model service, or what stands in for one. */
export interface Provider {
  /** `openai`, `offline`, … as in the setting `llm_provider`. */
  readonly name: string;
  /** Name of the model asked for. */
  readonly model: string;
  /** Remote calls are paid: pace and limits count them, and their prompts leave the process. */
  readonly remote: boolean;
  /**
   * Makes one draft. Rejects with a `PredraftError` whose `retryable` and `retryAfterMs` are set,
   * code `model_*`; with code `model_aborted` once `signal` fires.
   */
  generate(request: GenerateRequest, signal: AbortSignal): Promise<Completion>;
}

export interface GenerateRequest {
  readonly brief: DraftBrief;
  readonly prompt: Prompt;
  /** Told what the service billed so far, as soon as that is known: a call that is cut off later was paid for up to here. */
  readonly onUsage?: (usage: Usage) => void;
}
