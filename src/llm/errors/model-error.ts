import type { BilledCall } from "../../domain/billed-call.ts";
import { type ErrorDetails, PredraftError } from "../../errors.ts";

interface ModelErrorDetails extends ErrorDetails {
  /** The HTTP status that the service meant, also if it said so within a 200. */
  readonly status?: number;
  /** Milliseconds to leave the service alone, if it told us. */
  readonly retryAfterMs?: number;
  /** Calls that the service had answered, and billed, before this failed. */
  readonly billed?: readonly BilledCall[];
}

/** A model call that failed. */
export class ModelError extends PredraftError {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly billed: readonly BilledCall[];

  constructor(message: string, details: ModelErrorDetails) {
    super(message, details);
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.billed = details.billed ?? [];
  }

  /** The same error, with calls that were billed before it. */
  after(billed: readonly BilledCall[]): ModelError {
    const { message, code, retryable, hint, status, retryAfterMs, cause } = this;
    return new ModelError(message, {
      code,
      retryable,
      billed: [...billed, ...this.billed],
      ...(hint === undefined ? {} : { hint }),
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
