import { z } from "zod";
import { intents } from "../domain/answer.ts";
import { moment, must, name, text } from "../ingest/fields.ts";
import { parseJson } from "../ingest/json.ts";
import { LONGEST_LINE, reasonOf, TOO_LONG } from "../ingest/line.ts";
import { type LineSource, readLines } from "../ingest/split.ts";
import type { FullBrief } from "../prompt/redact.ts";

const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, must(`one of ${values.join(", ")}`));
const priority = () => oneOf("urgent", "high", "normal", "low");
const stars = must("a whole number from 1 to 5");
const flag = z.boolean(must("true or false"));

/** How a person understands an interaction. */
const labels = z.strictObject(
  {
    intent: oneOf(...intents),
    sentiment: oneOf("positive", "neutral", "negative"),
    sla_priority: priority(),
    needs_escalation: flag,
  },
  must("an object"),
);

export type Labels = z.infer<typeof labels>;

/** One labelled interaction, as a provider gets it. */
export interface Labelled {
  readonly brief: FullBrief;
  readonly labels: Labels;
  /** Whether `brief.priority` and `brief.cues` come from the rules; otherwise they are empty. */
  readonly ruled: boolean;
}

/** A line that was checked, or the reason why it is refused. The reason says what to fix and repeats no value. */
export type ReadLine = { readonly item: Labelled } | { readonly refused: string };

function lineSchema(startedAt: Date) {
  return z.strictObject({
    id: name(100),
    channel: oneOf("review", "question", "chat"),
    marketplace: name(100).default("wildberries"),
    rating: z.int(stars).min(1, stars).max(5, stars).nullish(),
    subject: text().nullish(),
    text: text().nullish(),
    thread: z
      .array(
        z.strictObject({ direction: oneOf("in", "out"), text: text(), sent_at: moment(startedAt) }),
        must("an array of messages"),
      )
      .default([]),
    customer_name: text().nullish(),
    order_id: text().nullish(),
    product: z
      .strictObject(
        {
          name: text().nullish(),
          attributes: z.record(text(), text(), must("an object of texts")).default({}),
        },
        must("an object"),
      )
      .nullish(),
    seller: z
      .strictObject(
        {
          tone: oneOf("formal", "neutral", "friendly").default("neutral"),
          signature: text().nullish(),
          own_rules: text().nullish(),
        },
        must("an object"),
      )
      .nullish(),
    rules: z
      .strictObject({ cues: z.array(name(50), must("an array of cues")), priority: priority() })
      .nullish(),
    labels,
  });
}

type Line = z.infer<ReturnType<typeof lineSchema>>;

/** Makes the reader of one set's lines. Ids must not repeat; relative times count back from `startedAt`. Never throws. */
export function labelledReader(startedAt: Date): (line: string) => ReadLine {
  const schema = lineSchema(startedAt);
  const known = new Set<string>();
  return (line) => {
    if (Buffer.byteLength(line) > LONGEST_LINE) return { refused: TOO_LONG };
    const json = parseJson(line);
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      return { refused: "is not a JSON object: write one whole JSON object a line" };
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) return { refused: reasonOf(parsed.error) };
    if (known.has(parsed.data.id)) return { refused: "id: stands in an earlier line, too" };
    const empty = parsed.data.channel === "chat" && parsed.data.thread.length === 0;
    if (empty && !parsed.data.text) return { refused: "thread: a chat needs a message or a text" };
    known.add(parsed.data.id);
    return { item: labelledOf(parsed.data) };
  };
}

function labelledOf(line: Line): Labelled {
  const brief: FullBrief = {
    interactionId: line.id,
    sellerId: "eval",
    marketplace: line.marketplace,
    channel: line.channel,
    rating: line.rating ?? null,
    subject: line.subject ?? null,
    text: line.text ?? "",
    thread: line.thread.map(({ direction, text, sent_at }) => ({
      direction,
      text,
      sentAt: new Date(sent_at),
    })),
    gap: null,
    customerName: line.customer_name ?? null,
    orderId: line.order_id ?? null,
    priority: line.rules?.priority ?? "normal",
    cues: line.rules?.cues ?? [],
    product: { name: line.product?.name ?? null, attributes: line.product?.attributes ?? {} },
    tone: line.seller?.tone ?? "neutral",
    signature: line.seller?.signature ?? null,
    ownRules: line.seller?.own_rules ?? null,
  };
  return { brief, labels: line.labels, ruled: line.rules != null };
}

/** The buyer's latest words, which the rules read. */
export function lastWords({ text, thread }: FullBrief): string {
  return thread.findLast(({ direction }) => direction === "in")?.text || text;
}

/** A review without text gets its final wording by rules, so no model is ever asked. */
export const needsModel = ({ channel, text }: FullBrief): boolean =>
  channel !== "review" || text.trim() !== "";

/** A line that cannot be used, and why; nothing of the line is repeated. */
export interface Refusal {
  readonly line: number;
  readonly reason: string;
}

/** A labelled set: its interactions in order, and the refused lines. Empty lines are skipped, but count for line numbers. */
export async function readSet(
  source: LineSource,
  startedAt: Date,
): Promise<{ readonly items: Labelled[]; readonly refusals: Refusal[] }> {
  const parseLine = labelledReader(startedAt);
  const items: Labelled[] = [];
  const refusals: Refusal[] = [];
  let line = 0;
  for await (const raw of readLines(source)) {
    line += 1;
    if ("text" in raw && raw.text.trim() === "") continue;
    const result = "refused" in raw ? raw : parseLine(raw.text);
    if ("refused" in result) refusals.push({ line, reason: result.refused });
    else items.push(result.item);
  }
  return { items, refusals };
}
