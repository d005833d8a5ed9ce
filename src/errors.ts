/** What an error says beyond its message. */
export interface ErrorDetails {
  /** Stable, machine-readable name: `config_invalid`, `model_timeout`, … */
  readonly code: string;
  /** Whether doing the same again later can help. Decided where the error is born. */
  readonly retryable?: boolean;
  /** What the reader should do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The error class of predraft; what a model call adds is in llm/errors/model-error.ts. Messages are safe to log and to store beside a job:
 * they never hold buyer text, drafts, prompts or keys.
 */
export class PredraftError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "PredraftError";
    this.code = details.code;
    this.retryable = details.retryable ?? false;
    this.hint = details.hint;
  }
}

/** What went wrong and what to do about it, in one line. */
export const inFull = ({ message, hint }: PredraftError): string =>
  hint === undefined || message.includes(hint) ? message : `${message}: ${hint}`;
