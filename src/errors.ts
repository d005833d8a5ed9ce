import type { BilledCall } from "./domain/billed-call.ts";

/** What an error says beyond its message. */
export interface ErrorDetails {
  /** Stable, machine-readable name: `config_invalid`, `model_timeout`, … */
  readonly code: string;
  /** Whether doing the same again later can help. Decided where the error is born. */
  readonly retryable?: boolean;
  /** What the reader should do about it. */
  readonly hint?: string;
  /** Milliseconds to leave the far side alone, where it told us. */
  readonly retryAfterMs?: number;
  /** Calls that a service had answered, and billed, before this failed. */
  readonly billed?: readonly BilledCall[];
  readonly cause?: unknown;
}

/**
 * The one error class of predraft. Messages are safe to log and to store beside a job:
 * they never hold buyer text, drafts, prompts or keys.
 */
export class PredraftError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly billed: readonly BilledCall[];

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "PredraftError";
    this.code = details.code;
    this.retryable = details.retryable ?? false;
    this.hint = details.hint;
    this.retryAfterMs = details.retryAfterMs;
    this.billed = details.billed ?? [];
  }
}

/** What went wrong and what to do about it, in one line. */
export const inFull = ({ message, hint }: PredraftError): string =>
  hint === undefined || message.includes(hint) ? message : `${message}: ${hint}`;

/** The same error, carrying calls that were billed before it as well. Errors that are not ours pass as they are. */
export function withBilled<T>(error: T, billed: readonly BilledCall[]): T | PredraftError {
  if (!(error instanceof PredraftError)) return error;
  const { message, code, retryable, hint, retryAfterMs, cause } = error;
  return new PredraftError(message, {
    code,
    retryable,
    billed: [...billed, ...error.billed],
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  });
}
