import type { HostFacts } from "../../host/facts.ts";
import type { CanonicalColumn, HostMapping } from "../../host/mapping.ts";
import { guardedCall, readableCall, type ValueType } from "./expressions.ts";
import { castTo, isText, literal, quote } from "./quote.ts";

/** Our type for each canonical column. */
export const canonicalTypes: Readonly<Record<CanonicalColumn, ValueType>> = {
  id: "bigint",
  seller_id: "bigint",
  marketplace: "text",
  channel: "text",
  external_id: "text",
  customer_id: "text",
  customer_name: "text",
  order_id: "text",
  nm_id: "bigint",
  product_article: "text",
  product_name: "text",
  subject: "text",
  text: "text",
  rating: "int",
  status: "text",
  priority: "text",
  needs_response: "boolean",
  occurred_at: "timestamptz",
  last_message_text: "text",
  last_message_at: "timestamptz",
};

const keys: ReadonlySet<CanonicalColumn> = new Set(["id", "seller_id"]);
const content = ["channel", "rating", "text", "last_message_text", "last_message_at"] as const;

/** A thread's name in the type of the messages' column; null if it is no such value. */
function threadKey(type: "integer" | "bigint" | "uuid" | "text", value: string): string {
  if (type === "text") return value;
  const form = {
    integer: "^[0-9]{1,9}$",
    bigint: "^[0-9]{1,18}$",
    uuid: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
  }[type];
  return `case when ${value} ~ '${form}' then ${value}::${type} end`;
}

/** A value with the host's words put into ours, in any case; as it is if the mapping names no words. */
function translated(mapping: HostMapping, canonical: CanonicalColumn, value: string): string {
  const words = mapping.values?.[canonical];
  if (words === undefined) return value;
  // By "C", since what another collation takes for the same letter differs from server to server.
  const folded = `lower(${value} collate "C")`;
  const cases = Object.entries(words).map(
    ([theirs, ours]) => ` when ${literal(theirs)} then ${literal(ours)}`,
  );
  const ours = cases.length === 0 ? folded : `case ${folded}${cases.join("")} else ${folded} end`;
  return `(${ours} collate "default")`;
}

/** Our own type for a key of the host's: integers are kept as bigint. */
export const ownKey = (type: "integer" | "bigint" | "uuid"): "bigint" | "uuid" =>
  type === "uuid" ? "uuid" : "bigint";

/**
 * The SQL expression of one meaning (`hash`, `open`, `text`) over one row of the host's table; `row` is a table's alias, or a
 * trigger's `new` or `old`. undefined for what means nothing.
 */
export function rowExpression(
  mapping: HostMapping,
  facts: HostFacts,
  row: string,
  what: string,
): string | undefined {
  const raw = (name: string): string => {
    const fact = facts.table.get(name);
    // Before a row is written its stored generated columns are empty, and a trigger never sees a virtual one.
    const unseen =
      fact?.expression != null && (row === "new" || (fact.virtual && ["n", "o", "old"].includes(row)));
    return unseen ? `(select ${fact.expression} from (select ${row}.*) g)` : `${row}.${quote(name)}`;
  };
  const column = (canonical: CanonicalColumn): string => {
    const value = translated(mapping, canonical, plain(canonical));
    if (canonical !== "needs_response") return value;
    const readable = readableCall(mapping, facts, raw);
    return readable === undefined ? value : `(${readable} and ${value})`;
  };
  const plain = (canonical: CanonicalColumn): string => {
    const type = canonicalTypes[canonical];
    const constant = mapping.constants?.[canonical];
    if (constant !== undefined)
      return `${literal(constant)}::${canonical === "seller_id" ? ownKey(mapping.keys.seller_id) : type}`;
    const expression = mapping.expressions?.[canonical];
    if (expression !== undefined) return guardedCall(canonical, type, expression, facts.table, raw);
    const actual = mapping.columns[canonical];
    if (canonical === "last_message_at" && actual === null) {
      // A host without message columns: a chat's text is the preview of its last message, the date its identity.
      return `case when ${column("channel")} = 'chat' then ${column("occurred_at")} end`;
    }
    if (canonical === "customer_name" && actual === null && mapping.customer_name_keys.length > 0) {
      return `predraft.document_text(${doc()}, array[${mapping.customer_name_keys.map(literal).join(", ")}])`;
    }
    if (actual === null) return `null::${canonicalTypes[canonical]}`;
    // Keys as they are: a cast would keep the host's index from being used.
    return keys.has(canonical)
      ? raw(actual)
      : castTo(canonicalTypes[canonical], raw(actual), facts.table.get(actual));
  };
  const document = (): string => `${row}.${quote(mapping.document.column)}`;
  const doc = (): string =>
    mapping.document.type === "json" ? `predraft.as_jsonb(${document()})` : document();
  // Byte by byte: a collation of the host's may hold two texts for equal that have two hashes.
  const compared = (canonical: (typeof content)[number]): string =>
    canonicalTypes[canonical] === "text" ? `${column(canonical)} collate "C"` : column(canonical);
  const threadOf = mapping.messages?.thread_of;
  const threadValue = (): string =>
    threadOf === undefined
      ? "null::text"
      : "column" in threadOf
        ? `${raw(threadOf.column)}::text`
        : `predraft.document_value(${doc()}, ${literal(threadOf.document_key)})`;
  const expressions: Record<string, () => string> = {
    document,
    doc,
    hash: () => `predraft.content_hash(${content.map(column).join(", ")})`,
    content: () => `row(${content.map(compared).join(", ")})`,
    open: () => `(${column("needs_response")} is true and ${column("status")} is distinct from 'responded')`,
    effective_priority: () =>
      `predraft.effective_priority(${column("priority")}, (select predraft.setting('ai_draft_priority_source')), ` +
      `${column("channel")}, ${column("rating")}, coalesce(nullif(${column("last_message_text")}, ''), ${column("text")}))`,
    // A text as it is, since it may begin with zeros.
    product_key: () =>
      mapping.products === null
        ? "null::text"
        : isText(facts.table.get(mapping.columns.nm_id ?? "")?.type ?? "")
          ? `nullif(btrim(${raw(mapping.columns.nm_id ?? "")}::text), '')`
          : `(${column("nm_id")})::text`,
    thread_value: threadValue,
    thread_key: () => threadKey(mapping.messages?.thread.type ?? "text", threadValue()),
    evaluates: () => readableCall(mapping, facts, raw, "evaluates") ?? "true",
  };
  if (what in canonicalTypes) return column(what as CanonicalColumn);
  return expressions[what]?.();
}

/** The SQL expression of one meaning over a row of ours: a job's key (`key`), or an interaction's `id`. */
export function ownExpression(mapping: HostMapping, row: string, what: string): string | undefined {
  const uuid = mapping.keys.id === "uuid";
  const part = `split_part(${row}.key, ':', 2)`;
  const prefixed = `(${row}.key like 'draft:%' or ${row}.key like 'later:%')`; // a third of what a regex takes
  const expressions: Record<string, () => string> = {
    key_id: () => `${part}::${ownKey(mapping.keys.id)}`,
    is_draft_key: () =>
      uuid
        ? `(${prefixed} and ${part} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`
        : `(${prefixed} and length(${part}) between 1 and 19 and ltrim(${part}, '0123456789') = ''` +
          ` and (length(${part}) < 19 or ${part} <= '9223372036854775807' collate "C"))`,
    // JavaScript reads no integer beyond 2^53 exactly.
    json_id: () =>
      uuid
        ? `to_json(${row}.id)`
        : `case when ${row}.id between -9007199254740991 and 9007199254740991 then to_json(${row}.id) else to_json(${row}.id::text) end`,
  };
  return expressions[what]?.();
}
