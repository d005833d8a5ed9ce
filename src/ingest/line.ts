import { z } from "zod";
import { document, id, moment, must, name, text, timeZone } from "./fields.ts";
import { parseJson } from "./json.ts";

/** The longest line that is read, in bytes. */
export const LONGEST_LINE = 4 * 1024 * 1024;

/** Why a longer line is refused. */
export const TOO_LONG = "is longer than 4 MB: write one JSON object a line";

const MARKETPLACE = "wildberries";
const SHOWN_ISSUES = 3;

const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, must(`one of ${values.join(", ")}`));

/** The columns that identify an interaction, in every line that refers to one. */
const interactionKey = {
  seller_id: id(),
  marketplace: name(100).default(MARKETPLACE),
  channel: oneOf("review", "question", "chat"),
};

/** The schema of a line; relative times count back from `startedAt`. */
function lineSchema(startedAt: Date) {
  return z.discriminatedUnion(
    "type",
    [
      z.strictObject({
        type: z.literal("seller"),
        id: id(),
        name: name(500).optional(),
        tone: oneOf("formal", "neutral", "friendly").optional(),
        signature: text().nullish(),
        own_rules: text().nullish(),
        time_zone: timeZone().optional(),
      }),
      z.strictObject({
        type: z.literal("product"),
        seller_id: id(),
        nm_id: id(),
        name: text().nullish(),
        attributes: z
          .record(
            text(),
            z.union([text(), z.number().transform(String)], must("an object of texts")),
            must("an object of texts"),
          )
          .optional(),
      }),
      z.strictObject({
        type: z.literal("interaction"),
        ...interactionKey,
        external_id: name(500),
        customer_id: text().nullish(),
        customer_name: text().nullish(),
        order_id: text().nullish(),
        nm_id: id().nullish(),
        product_article: text().nullish(),
        product_name: text().nullish(),
        subject: text().nullish(),
        text: text().nullish(),
        rating: z
          .int(must("a whole number from 1 to 5"))
          .min(1, must("a whole number from 1 to 5"))
          .max(5, must("a whole number from 1 to 5"))
          .nullish(),
        status: name(100).optional(),
        priority: oneOf("urgent", "high", "normal", "low").nullish(),
        needs_response: z.boolean(must("true or false")).optional(),
        occurred_at: moment(startedAt).nullish(),
        extra_data: document().nullish(),
      }),
      z.strictObject({
        type: z.literal("message"),
        ...interactionKey,
        interaction: name(500),
        external_id: name(500),
        direction: oneOf("in", "out"),
        text: text().nullish(),
        sent_at: moment(startedAt),
      }),
    ],
    must("one of seller, product, interaction, message"),
  );
}

/** One checked line: the fields that it gave, and the marketplace. Ids are digits, times are ISO 8601. */
export type Line = z.infer<ReturnType<typeof lineSchema>>;

/** A line that was checked, or the reason why it is refused. The reason says what to fix and repeats no value. */
export type ParsedLine = { readonly line: Line } | { readonly refused: string };

/** Builds the parser of one ingest. Relative times count back from `startedAt`. Never throws. */
export function lineParser(startedAt: Date): (line: string) => ParsedLine {
  const schema = lineSchema(startedAt);
  return (line) => {
    if (Buffer.byteLength(line) > LONGEST_LINE) return { refused: TOO_LONG };
    const json = parseJson(line);
    if (json === undefined) return { refused: "is not valid JSON: write one whole JSON object a line" };
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      return { refused: "is not a JSON object: write one JSON object a line" };
    }
    const parsed = schema.safeParse(json);
    return parsed.success ? { line: parsed.data } : { refused: reasonOf(parsed.error) };
  };
}

/** What is wrong with a line, field by field, for at most three fields; repeats no value. */
export function reasonOf(error: z.ZodError): string {
  const reasons = error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") return `${keysOf(issue.keys)}: not known here, remove it`;
    return `${issue.path[0] === undefined ? "line" : String(issue.path[0])}: ${issue.message}`;
  });
  const more = reasons.length - SHOWN_ISSUES;
  return reasons.slice(0, SHOWN_ISSUES).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

// A key that does not look like a field's name may be buyer text gone astray.
function keysOf(keys: readonly string[]): string {
  return keys
    .slice(0, SHOWN_ISSUES)
    .map((key) => (/^\p{L}[\p{L}\p{N}_.-]{0,40}$/u.test(key) ? `"${key}"` : "a key that is no field name"))
    .join(", ");
}
