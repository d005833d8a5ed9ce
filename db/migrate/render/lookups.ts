import type { HostFacts } from "../../host/facts.ts";
import type { HostMapping } from "../../host/mapping.ts";
import { guardedCall } from "./expressions.ts";
import { castTo, literal, qualified, quote } from "./quote.ts";
import { ownKey } from "./row.ts";

type Messages = NonNullable<HostMapping["messages"]>;

const window = `
    where nth <= 5 or nth_latest <= 100`;

/** Selects the lines of the thread `p_thread` as (direction, text, sent_at, external_id, nth, nth_latest). */
export function threadLines(mapping: HostMapping, facts: HostFacts): string {
  const { messages } = mapping;
  if (messages === null) {
    return mapping.greenfield
      ? numbered(
          `select a.direction, a.text, a.sent_at, a.external_id from ${greenfieldMessages(mapping)} a where a.interaction_id = p_interaction`,
        )
      : numbered(
          "select null::text as direction, null::text as text, null::timestamptz as sent_at, null::text as external_id where false",
        );
  }
  const column = (name: string): string => `a.${quote(name)}`;
  return numbered(`select case when ${fromBuyer(messages, facts, column)} then 'in' else 'out' end as direction,
        ${column(messages.text)}::text as text,
        ${castTo("timestamptz", column(messages.sent_at), facts.messages.get(messages.sent_at))} as sent_at,
        ${messages.external_id === null ? "null" : column(messages.external_id)}::text as external_id
      from ${qualified(messages.table)} a where ${column(messages.thread.column)} = p_thread${kept(messages, facts, column)}`);
}

/** Selects what the lines of the newest 200 threads say of who wrote, as (direction, is_buyer). */
export function directionLines(mapping: HostMapping, facts: HostFacts, thread: string): string {
  const { messages } = mapping;
  if (messages === null) return "select null::text as direction, null::boolean as is_buyer where false";
  const column = (name: string): string => `a.${quote(name)}`;
  const direction =
    typeof messages.direction === "string" ? `${column(messages.direction)}::text` : "'a line'::text";
  return `select ${direction} as direction, coalesce(${fromBuyer(messages, facts, column)}, false) as is_buyer
      from ${qualified(messages.table)} a where ${column(messages.thread.column)} = any (array(
        select ${thread} from ${qualified(mapping.table)} i order by i.${quote(mapping.columns.id)} desc limit 200))${kept(messages, facts, column)} limit 5000`;
}

/** Selects the threads of the inserted lines `new_rows` that are the buyer's; none where messages are not watched. */
export function watchedThreads({ messages }: HostMapping, facts: HostFacts): string {
  if (messages?.watch !== true) return "select null::text where false";
  const column = (name: string): string => `n.${quote(name)}`;
  const thread = `${column(messages.thread.column)}::text`;
  return `select distinct ${thread} from new_rows n where ${thread} is not null and ${fromBuyer(messages, facts, column)}${kept(messages, facts, column)}`;
}

/** SQL that says whether a line comes from the buyer; `column` gives the SQL of one of its columns. Letters of ASCII count in any case. */
const fromBuyer = (messages: Messages, facts: HostFacts, column: (name: string) => string): string =>
  typeof messages.direction === "string"
    ? isIncoming(messages, column(messages.direction))
    : `${guardedCall("message_direction", "boolean", messages.direction, facts.messages, column)} is true`;

/** The same for the value of a column that tells the direction. */
export const isIncoming = ({ incoming }: Messages, direction: string): string =>
  `lower(${direction}::text collate "C") = any (array[${incoming.map((word) => literal(lower(word))).join(", ")}])`;

const lower = (word: string): string => word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const kept = ({ filter }: Messages, facts: HostFacts, column: (name: string) => string): string =>
  filter === undefined
    ? ""
    : ` and ${guardedCall("message_filter", "boolean", filter, facts.messages, column)}`;

const numbered = (lines: string): string => `
    select l.direction, coalesce(l.text, '') as text, l.sent_at, l.external_id,
      row_number() over (order by l.sent_at, l.external_id) as nth,
      row_number() over (order by l.sent_at desc, l.external_id desc) as nth_latest
    from (${lines}) l
    where isfinite(l.sent_at)`;

/** The condition that keeps a thread's first 5 and latest 100 lines. */
export const threadWindow: string = window;

/** Greenfield's own messages lie beside its interactions. */
export const greenfieldMessages = (mapping: HostMapping): string =>
  qualified({ schema: mapping.table.schema, name: "messages" });

/**
 * Selects what the host knows of the product `p_nm`, or `p_key` in a catalogue with keys of text, of `p_seller` as (name, description,
 * attributes); no row if it knows nothing.
 */
export function productRow(mapping: HostMapping, facts: HostFacts): string {
  const { products } = mapping;
  if (products === null) return "select null::text, null::text, null::jsonb where false";
  const column = (name: string | null, otherwise: string): string =>
    name === null ? `null::${otherwise}` : `p.${quote(name)}`;
  const textual = (name: string): boolean => !numeric.has(facts.products.get(name)?.type ?? "bigint");
  const conditions = [
    `p.${quote(products.nm_id)} = ${textual(products.nm_id) ? "p_key" : "p_nm"}`,
    ...(products.seller_id === null
      ? []
      : [
          `p.${quote(products.seller_id)} = p_seller${
            ownKey(mapping.keys.seller_id) === "bigint" && textual(products.seller_id) ? "::text" : ""
          }`,
        ]),
  ];
  const json = ["json", "jsonb"].includes(facts.products.get(products.attributes ?? "")?.type ?? "jsonb");
  return `select ${column(products.name, "text")}::text, ${column(products.description, "text")}::text,
      predraft.as_jsonb(${column(products.attributes, "jsonb")}${json ? "" : "::text::json"})
    from ${qualified(products.table)} p where ${conditions.join(" and ")} limit 1`;
}

const numeric: ReadonlySet<string> = new Set([
  "smallint",
  "integer",
  "bigint",
  "numeric",
  "real",
  "double precision",
]);
