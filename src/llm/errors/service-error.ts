import { ModelError } from "./model-error.ts";
import { withoutOurs } from "./own-words.ts";

/** Whom a call went to, and what it carried that no error may repeat. */
export interface CallFacts {
  /** The variable that holds this service's key, for what an error says. */
  readonly keyName: string;
  readonly apiKey: string;
  readonly sent: readonly string[];
}

/** A service's refusal, wherever it stood: in the status, or in the body of an answer that looked well. */
export interface Refusal {
  /** The HTTP status; 200 if only the body tells of an error. */
  readonly status: number;
  readonly headers?: Headers | undefined;
  /** What the body says of the error, in whatever shape. */
  readonly body: unknown;
}

/** A refusal as it was understood. */
export interface Understood {
  readonly status: number;
  /** The service's own name of the error, in lower case; empty if there is none. */
  readonly code: string;
  /** The parameter that it names as the culprit; empty if there is none. */
  readonly param: string;
  /** What the service says, less any words of ours. */
  readonly words: string;
  readonly retryAfterMs: number | undefined;
  /** What is refused is the content, by a filter. */
  readonly declines: boolean;
}

/** Reads a refusal. The status is the one that is meant: services send 200 or 400 for everything, and name the fault in the body. */
export function understand(refusal: Refusal, facts: CallFacts): Understood {
  const { code, param, words } = saidIn(refusal.body);
  const kept = withoutOurs(words, facts.sent, facts.apiKey);
  const declines = declinesContent(refusal.status, code, kept);
  return {
    status: declines ? refusal.status : statusMeant(refusal.status, code, kept),
    code,
    param,
    words: kept,
    retryAfterMs: retryAfterOf(refusal.headers),
    declines,
  };
}

/** The error for a refusal, with what to do about it. */
export function serviceError(
  { status, code, words, retryAfterMs, declines }: Understood,
  facts: CallFacts,
): ModelError {
  const waiting = retryAfterMs === undefined ? {} : { retryAfterMs };
  const says = words === "" ? "" : `. It says: ${words}`;
  if (declines) return refusedError(code || String(status));
  if (status === 429)
    return new ModelError("The model's service asks to wait (429)", {
      code: "model_throttled",
      retryable: true,
      ...waiting,
    });
  if (status >= 500 || passing.has(status))
    return new ModelError(`The model's service failed (${status})`, {
      code: "model_unavailable",
      retryable: true,
      ...waiting,
    });
  const hint = adviceFor(status, facts.keyName);
  if (hint !== undefined)
    return new ModelError(`The model's service refuses us (${status}): ${hint}${says}`, {
      code: "model_misconfigured",
      hint,
      status,
    });
  // Not a pause for everybody: it may be this one request that the service dislikes.
  return new ModelError(`The model's service rejects the request (${status})${says}`, {
    code: "model_rejected",
    hint: "Check that the model takes JSON answers, and its limits.",
  });
}

/** A service that won't answer this content; `reason` is its own name for it. */
export const refusedError = (reason: string): ModelError =>
  new ModelError(`The model's service declines to answer this content (${reason.slice(0, 60)})`, {
    code: "model_refused",
    retryable: true,
  });

/** Too slow, in conflict, too early, hung up on: the next call may do better. */
const passing: ReadonlySet<number> = new Set([408, 409, 425, 499]);

/** What to do about a refusal that meets every request alike. */
function adviceFor(status: number, keyName: string): string | undefined {
  switch (status) {
    case 401:
    case 403:
      return `check the API key in ${keyName} and what it may use`;
    case 404:
    case 405:
    case 410:
      return "check LLM_MODEL (or the setting llm_model) and LLM_BASE_URL";
    case 407:
      return "check name and password of the proxy in HTTPS_PROXY or HTTP_PROXY";
    case 402:
      return `the account of the key in ${keyName} has no credit left: top it up`;
    default:
      return undefined;
  }
}

const byCode: readonly (readonly [RegExp, number])[] = [
  [/insufficient_(quota|balance|credit|funds)|billing|payment_required/, 402],
  [/rate_?limit|too_many_requests|throttl/, 429],
  [/invalid_api_key|api_key_invalid|authentication|unauthori[sz]ed|unauthenticated/, 401],
  [/permission/, 403],
  [/model_not_(found|exist)|unknown_model|invalid_model|not_found_error/, 404],
  [/overload|unavailable|server_error|internal_error|api_error|timeout|timed_out/, 503],
];
const byWords: readonly (readonly [RegExp, number])[] = [
  [/\b(credit balance|insufficient (balance|quota|credits?|funds)|payment required|no credits?\b)/i, 402],
  [/\bapi[ _-]?key\b|\bunauthori[sz]ed\b|\bauthentication\b/i, 401],
  [
    /\b(unknown|no such|invalid|unsupported) model\b|\bmodel\b.{0,60}\b(not found|(does not|doesn't|not) exist|not a valid)/i,
    404,
  ],
];
const declining =
  /content[ _-]?(filter|polic|management|moderation|block|exists[ _]risk)|responsibleai|data_?inspection|moderation|prohibited[ _]content|safety (system|polic|filter|check)/i;

const declinesContent = (status: number, code: string, words: string): boolean =>
  [200, 400, 403, 422].includes(status) && (declining.test(code) || declining.test(words));

/** A status that says little (200, 400, 422) is replaced by what code and words say; 429 may be an account that is used up. */
function statusMeant(status: number, code: string, words: string): number {
  const named = byCode.find(([names]) => names.test(code)) ?? byWords.find(([said]) => said.test(words));
  if (status === 429) return named?.[1] === 402 ? 402 : 429;
  if (![200, 400, 422].includes(status)) return status;
  const numbered = /^[45]\d\d$/.test(code) ? Number(code) : undefined;
  const meant = numbered === undefined || numbered === 400 || numbered === 422 ? named?.[1] : numbered;
  if (status === 200) return meant ?? numbered ?? (/invalid|bad_request/.test(code) ? 400 : 502);
  return meant !== undefined && meant < 500 ? meant : status;
}

/** Looks for the error's name, parameter and words where services put them. */
function saidIn(body: unknown): { code: string; param: string; words: string } {
  if (typeof body === "string") return { code: "", param: "", words: body.slice(0, 2_000) };
  if (Array.isArray(body)) {
    // FastAPI's: one entry for each field that it won't take.
    const entries = body.slice(0, 10).map((entry) => saidIn(entry));
    return { code: "", param: "", words: entries.map(({ words }) => words).join("; ") };
  }
  if (typeof body !== "object" || body === null) return { code: "", param: "", words: "" };
  const fields = body as Readonly<Record<string, unknown>>;
  const inner = fields["error"] ?? fields["errors"] ?? fields["detail"];
  const deeper = inner === undefined || inner === body ? undefined : saidIn(inner);
  const place = Array.isArray(fields["loc"]) ? `${fields["loc"].join(".")}: ` : "";
  const own = ["message", "msg", "title"].map((name) => fields[name]).find((v) => typeof v === "string");
  return {
    code: (deeper?.code || nameIn(fields)).toLowerCase(),
    param: deeper?.param || (typeof fields["param"] === "string" ? fields["param"] : ""),
    words: deeper?.words || `${place}${own ?? ""}`.slice(0, 2_000),
  };
}

/** The most telling of an error's names: a number tells less than a word. */
function nameIn(fields: Readonly<Record<string, unknown>>): string {
  const names = ["code", "type", "status", "reason"]
    .map((name) => fields[name])
    .filter((name) => typeof name === "number" || (typeof name === "string" && name !== "error"))
    .map(String);
  return (
    names.find((name) => /\D/.test(name) && byCode.some(([known]) => known.test(name.toLowerCase()))) ??
    names[0] ??
    ""
  );
}

/** One service that names a day is not to stop drafting for a day. */
const longestPauseMs = 3_600_000;

/** Milliseconds to wait, from Retry-After in seconds or as a date or from retry-after-ms, up to an hour; undefined if there is none to be read. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const exact = headers?.get("retry-after-ms");
  if (exact && Number.isFinite(Number(exact))) return bounded(Number(exact));
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const seconds = Number(text);
  return bounded(Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now());
}

const bounded = (milliseconds: number): number | undefined =>
  Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), longestPauseMs) : undefined;
