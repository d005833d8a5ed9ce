import type { BilledCall } from "../domain/billed-call.ts";
import { type ErrorDetails, PredraftError } from "../errors.ts";

interface ModelErrorDetails extends ErrorDetails {
  /** Milliseconds to leave the service alone, if it told us. */
  readonly retryAfterMs?: number;
  /** Calls that the service had answered, and billed, before this failed. */
  readonly billed?: readonly BilledCall[];
}

/** A model call that failed. */
export class ModelError extends PredraftError {
  readonly retryAfterMs: number | undefined;
  readonly billed: readonly BilledCall[];

  constructor(message: string, details: ModelErrorDetails) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
    this.billed = details.billed ?? [];
  }

  /** The same error, with calls that were billed before it. */
  after(billed: readonly BilledCall[]): ModelError {
    const { message, code, retryable, hint, retryAfterMs, cause } = this;
    return new ModelError(message, {
      code,
      retryable,
      billed: [...billed, ...this.billed],
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** The error classes of one SDK; those of openai and anthropic are of one make. */
export interface SdkErrors {
  readonly APIError: ErrorClass;
  readonly APIConnectionError: ErrorClass;
  readonly APIConnectionTimeoutError: ErrorClass;
  readonly APIUserAbortError: ErrorClass;
}
type ErrorClass = new (...args: never[]) => Error;

/** What an SDK's error tells of a service's refusal. */
interface Refusal {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly code?: unknown;
}

/**
 * Makes a function that turns what one SDK throws into one error whose `retryable` and `retryAfterMs` are decided here. Bodies are
 * left out: they can quote prompts and keys. `keyName`: the variable that holds this service's key.
 */
export function createModelErrors(sdk: SdkErrors, keyName: string): (error: unknown) => ModelError {
  return (error) => {
    if (error instanceof ModelError) return error;
    if (error instanceof sdk.APIUserAbortError) {
      return new ModelError("The call was cut off", { code: "model_aborted" });
    }
    if (error instanceof sdk.APIConnectionTimeoutError) {
      return new ModelError("The model did not answer in time", {
        code: "model_timeout",
        retryable: true,
      });
    }
    if (error instanceof sdk.APIConnectionError) return connectionError(error);
    const refusal = error as Refusal;
    if (error instanceof sdk.APIError && refusal.status !== undefined)
      return statusError(refusal, refusal.status, keyName);
    // The headers had come, the body broke off.
    if (causeCodes(error).some((code) => /^(UND_ERR_|ECONN|EPIPE)/.test(code))) return brokenOff();
    return new ModelError("The model's answer could not be read", {
      code: "model_invalid_answer",
      retryable: true,
    });
  };
}

const brokenOff = (): ModelError =>
  new ModelError("The connection to the model broke off", { code: "model_unavailable", retryable: true });

function connectionError(error: unknown): ModelError {
  const codes = causeCodes(error);
  const never = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"].find((code) =>
    codes.includes(code),
  );
  if (never === undefined) return brokenOff();
  return new ModelError(`The model's server cannot be reached (${never})`, {
    code: "model_unreachable",
    retryable: true,
    hint: "Is LLM_BASE_URL right, and the server up?",
  });
}

function causeCodes(error: unknown): string[] {
  const codes: string[] = [];
  for (let cause = error; cause instanceof Error && codes.length < 10; cause = cause.cause) {
    codes.push(String((cause as { code?: unknown }).code));
  }
  return codes;
}

function statusError(refusal: Refusal, status: number, keyName: string): ModelError {
  if (status === 429 && refusal.code !== "insufficient_quota") {
    const retryAfterMs = retryAfterOf(refusal.headers);
    return new ModelError("The model's service asks to wait (429)", {
      code: "model_throttled",
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (status >= 500 || status === 408 || status === 409) {
    return new ModelError(`The model's service failed (${status})`, {
      code: "model_unavailable",
      retryable: true,
    });
  }
  const hint = adviceFor(status, keyName);
  if (hint !== undefined) {
    return new ModelError(`The model's service refuses us (${status}): ${hint}`, {
      code: "model_misconfigured",
      hint,
    });
  }
  // Not a pause for everybody: it may be this one request that the service dislikes.
  return new ModelError(`The model's service rejects the request (${status})`, {
    code: "model_rejected",
    hint: "Check that the model takes JSON answers, and its limits.",
  });
}

/** What to do about a refusal that meets every request alike. */
function adviceFor(status: number, keyName: string): string | undefined {
  switch (status) {
    case 401:
    case 403:
      return `check the API key in ${keyName} and what it may use`;
    case 404:
      return "check LLM_MODEL (or the setting llm_model) and LLM_BASE_URL";
    case 402:
    case 429:
      return `the account of the key in ${keyName} has no credit left: top it up`;
    default:
      return undefined;
  }
}

/** One service that names a day is not to stop drafting for a day. */
const longestPauseMs = 3_600_000;

/** Milliseconds to wait, from Retry-After in seconds or as a date, up to an hour; undefined where there is none to be read. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const seconds = Number(text);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), longestPauseMs) : undefined;
}
