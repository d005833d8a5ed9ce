import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { PredraftError } from "../errors.ts";

/** Turns what the SDK throws into one error whose `retryable` and `retryAfterMs` are decided here. Bodies are left out: they can quote prompts and keys. */
export function asModelError(error: unknown): PredraftError {
  if (error instanceof PredraftError) return error;
  if (error instanceof APIUserAbortError) {
    return new PredraftError("The call was cut off", { code: "model_aborted" });
  }
  if (error instanceof APIConnectionTimeoutError) {
    return new PredraftError("The model did not answer in time", { code: "model_timeout", retryable: true });
  }
  if (error instanceof APIConnectionError) return connectionError(error);
  if (error instanceof APIError && error.status !== undefined) return statusError(error);
  return new PredraftError("The model's answer could not be read", {
    code: "model_invalid_answer",
    retryable: true,
  });
}

function connectionError(error: APIConnectionError): PredraftError {
  const codes = causeCodes(error);
  const never = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"].find((code) =>
    codes.includes(code),
  );
  return never === undefined
    ? new PredraftError("The connection to the model broke off", {
        code: "model_unavailable",
        retryable: true,
      })
    : new PredraftError(`The model's server cannot be reached (${never})`, {
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

function statusError(error: APIError): PredraftError {
  const status = error.status as number;
  const retryAfterMs = retryAfter(error.headers);
  if (status === 429) {
    return new PredraftError("The model's service asks to wait (429)", {
      code: "model_throttled",
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (status >= 500 || status === 408 || status === 409) {
    return new PredraftError(`The model's service failed (${status})`, {
      code: "model_unavailable",
      retryable: true,
    });
  }
  if (status === 401 || status === 403 || status === 404) {
    return new PredraftError(`The model's service refuses us (${status}): ${advice(status)}`, {
      code: "model_misconfigured",
    });
  }
  // Not a pause for everybody: it may be this one request that the service dislikes.
  return new PredraftError(`The model's service rejects the request (${status})`, {
    code: "model_rejected",
    hint: "Check that the model takes JSON answers, and its limits.",
  });
}

const advice = (status: number): string =>
  status === 404 ? "check LLM_MODEL and LLM_BASE_URL" : "check the API key and what it may use";

/** One service that names a day is not to stop drafting for a day. */
const longestPauseMs = 3_600_000;

/** Milliseconds to wait, from Retry-After in seconds or as a date. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const seconds = Number(text);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), longestPauseMs) : undefined;
}
