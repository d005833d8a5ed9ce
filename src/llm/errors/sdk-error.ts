import { ModelError } from "./model-error.ts";
import { type CallFacts, type Refusal, serviceError, understand } from "./service-error.ts";

/** The error classes of one SDK; those of openai and anthropic are of one make. */
export interface SdkErrors {
  readonly APIError: ErrorClass;
  readonly APIConnectionError: ErrorClass;
  readonly APIConnectionTimeoutError: ErrorClass;
  readonly APIUserAbortError: ErrorClass;
}
type ErrorClass = new (...args: never[]) => Error;

/** An answer that came with status 200 and tells of an error in its body. */
export class RefusedInBody extends Error {
  readonly body: unknown;

  constructor(body: unknown) {
    super("an answer that is an error");
    this.body = body;
  }
}

/** The refusal in what an SDK threw; undefined if the service did not answer, or the call was cut off. */
export function refusalIn(sdk: SdkErrors, error: unknown): Refusal | undefined {
  if (error instanceof RefusedInBody) return { status: 200, body: error.body };
  if (!(error instanceof sdk.APIError)) return undefined;
  const { status, headers, error: body, message } = error as Partial<SdkRefusal>;
  return status === undefined ? undefined : { status, headers, body: body ?? message };
}

interface SdkRefusal {
  readonly status: number;
  readonly headers: Headers;
  readonly error: unknown;
  readonly message: string;
}

/**
 * Turns what one SDK throws into one error whose `retryable` and `retryAfterMs` are decided here. Of a body only the service's own
 * words are kept: bodies can quote prompts and keys.
 */
export function modelErrorOf(sdk: SdkErrors, error: unknown, facts: CallFacts): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof sdk.APIUserAbortError)
    return new ModelError("The call was cut off", { code: "model_aborted" });
  if (error instanceof sdk.APIConnectionTimeoutError)
    return new ModelError("The model did not answer in time", { code: "model_timeout", retryable: true });
  if (error instanceof sdk.APIConnectionError) return connectionError(error, facts);
  const refusal = refusalIn(sdk, error);
  if (refusal !== undefined) return serviceError(understand(refusal, facts), facts);
  // The headers had come, the body broke off.
  if (causesOf(error).some(({ code }) => /^(UND_ERR_|ECONN|EPIPE)/.test(code))) return brokenOff();
  return new ModelError("The model's answer could not be read", {
    code: "model_invalid_answer",
    retryable: true,
  });
}

const brokenOff = (): ModelError =>
  new ModelError("The connection to the model broke off", { code: "model_unavailable", retryable: true });

const unreachable = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

function connectionError(error: unknown, facts: CallFacts): ModelError {
  const causes = causesOf(error);
  const proxied = causes.map(({ message }) => /^Proxy response \((\d{3})\)/.exec(message)?.[1]).find(Boolean);
  if (proxied === "407") return serviceError(understand({ status: 407, body: null }, facts), facts);
  if (proxied !== undefined)
    return new ModelError(`The proxy does not let the call through (${proxied})`, {
      code: "model_unreachable",
      retryable: true,
      hint: "Is the proxy in HTTPS_PROXY or HTTP_PROXY right, and may it reach the model's server? NO_PROXY names hosts that are reached without it.",
    });
  const never = unreachable.find((code) => causes.some((cause) => cause.code === code));
  if (never === undefined) return brokenOff();
  return new ModelError(`The model's server cannot be reached (${never})`, {
    code: "model_unreachable",
    retryable: true,
    hint: "Is LLM_BASE_URL right, and the server up?",
  });
}

function causesOf(error: unknown): { readonly code: string; readonly message: string }[] {
  const causes: { code: string; message: string }[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push({ code: String((cause as { code?: unknown }).code), message: cause.message });
  }
  return causes;
}
