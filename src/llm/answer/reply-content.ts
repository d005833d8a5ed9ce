import { ModelError } from "../errors/model-error.ts";
import { RefusedInBody } from "../errors/sdk-error.ts";

/** What stands in a body that nobody has checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value as an object with fields; one without any if it is none. */
export const asFields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** A text that is not empty, else null. */
export const textOf = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value : null;

/** A count of tokens, else undefined. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;

/** What a model said, which some services send in parts, and some as the object itself. Its thoughts are not among it. */
export function contentOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(partOf).join("");
  return content === null || content === undefined || typeof content !== "object"
    ? ""
    : JSON.stringify(content);
}

function partOf(part: unknown): string {
  if (typeof part === "string") return part;
  const { type, text, input } = asFields(part);
  if (typeof text === "string" && !/think|reason/i.test(String(type))) return text;
  return type === "tool_use" ? argumentsOf(input) : "";
}

/** What a model wants a tool to be called with, as text or as an object. */
export const argumentsOf = (given: unknown): string =>
  typeof given === "string" ? given : JSON.stringify(given ?? "");

/**
 * An answer's fields. Throws the error that stands in their place: a page of a proxy or a portal, or what a gateway reports with
 * status 200. `isAnswer` tells an answer from anything else.
 */
export function answerFields(body: unknown, isAnswer: (fields: Fields) => boolean): Fields {
  if (textOf(body) !== null)
    throw new ModelError("The model's server answers with a page or a text, not with JSON", {
      code: "model_unavailable",
      retryable: true,
      hint: "Is LLM_BASE_URL right, up to and including /v1 where the server has it? A proxy may stand in between.",
    });
  const fields = asFields(body);
  if (isAnswer(fields)) return fields;
  const tellsOfError = ["error", "errors", "detail", "message", "msg"].some((name) => !isEmpty(fields[name]));
  if (tellsOfError) throw new RefusedInBody(fields);
  return fields;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || value === false;
