import type { HostMapping } from "../../db/host/mapping.ts";
import { qualified, quote } from "../../db/migrate/render/quote.ts";
import type { AttachOptions, ColumnFacts, Inspection, TableFacts } from "./facts.ts";
import { type Relation, showName, shown, snake } from "./names.ts";

type Messages = NonNullable<HostMapping["messages"]>;
type Products = NonNullable<HostMapping["products"]>;

/** What tables of messages, chats, products and settings tend to be called; the likeliest first. */
export const usualNames = {
  messages: [
    "messages",
    "chat_messages",
    "interaction_messages",
    "thread_messages",
    "chat_message",
    "message",
  ],
  products: [
    "product_cache",
    "products_cache",
    "product_facts",
    "products",
    "product_cards",
    "cards",
    "product",
  ],
  settings: ["runtime_settings"],
} as const;

/** Columns that may name a messages table's thread, text, time and direction; the likeliest first. */
const usualColumns = {
  thread: ["chat_id", "thread_id", "conversation_id", "dialog_id", "interaction_id"],
  text: ["text", "body", "content", "message_text", "message"],
  sent_at: ["sent_at", "occurred_at", "created_at", "timestamp"],
  direction: ["direction", "author_type", "sender_type", "sender", "role"],
  external_id: ["external_message_id", "external_id", "message_id", "id"],
} as const;

/** Values that mean "from the buyer", however they are spelt. */
const buyers =
  /^(in|incoming|inbound|received|buyer|client|customer|user|from_(buyer|client|customer)|покупатель|клиент)$/i;

const find = (table: TableFacts, names: readonly string[]): ColumnFacts | undefined =>
  names
    .map(
      (name) =>
        table.columns.find((c) => c.name === name) ?? table.columns.find((c) => snake(c.name) === name),
    )
    .find((column) => column !== undefined);

/** The table that an option names, else the first one in the interactions' schema with a usual name and what it takes. */
function findTable(
  tables: readonly TableFacts[],
  home: Relation,
  named: Relation | undefined,
  names: readonly string[],
  fits: (table: TableFacts) => boolean = () => true,
): TableFacts | undefined {
  if (named) return tables.find((t) => t.schema === named.schema && t.name === named.name);
  return names
    .map((name) => tables.find((t) => t.schema === home.schema && snake(t.name) === name && fits(t)))
    .find((table) => table !== undefined);
}

/** The host's messages table, before it is known whether it can be used. */
export function findMessages(tables: readonly TableFacts[], options: AttachOptions): TableFacts | undefined {
  return findTable(tables, options.table, options.messages, usualNames.messages, (t) =>
    Boolean(find(t, usualColumns.thread) && find(t, usualColumns.text) && find(t, usualColumns.sent_at)),
  );
}

/** Columns of a messages table that may tell who wrote. */
export const directionColumns = (table: TableFacts): string[] =>
  usualColumns.direction.flatMap((name) => find(table, [name])?.name ?? []);

/** The host's settings table, where it has one with a key and a value. */
export function findSettings(tables: readonly TableFacts[], options: AttachOptions): TableFacts | undefined {
  return findTable(tables, options.table, options.settings, usualNames.settings);
}

/** Whether its `key` and `value` can be read as texts. */
export const holdsSettings = (table: TableFacts): boolean =>
  ["key", "value"].every((name) => table.columns.some((column) => column.name === name));

/** What came of looking for a side table: a mapping, or why there is none. */
export interface SideVerdict<T> {
  readonly mapping: T | null;
  readonly text: string;
  /** The option named it, so that it not being usable is a problem and not a remark. */
  readonly named: boolean;
  readonly advice?: string;
}

/** How chats' messages are found. */
export function judgeMessages(inspection: Inspection, options: AttachOptions): SideVerdict<Messages> {
  const named = options.messages !== undefined;
  const none = (text: string): SideVerdict<Messages> => ({ mapping: null, text, named });
  const table = findMessages(inspection.others, options);
  if (!table) {
    return none(
      options.messages
        ? `there is no table ${shown(options.messages)}`
        : "none found: the interaction's text is the thread; name a table with --messages schema.table",
    );
  }
  const missing = (["thread", "text", "sent_at"] as const).filter((what) => !find(table, usualColumns[what]));
  const thread = find(table, usualColumns.thread);
  const text = find(table, usualColumns.text);
  const sentAt = find(table, usualColumns.sent_at);
  if (!thread || !text || !sentAt) {
    return none(
      `${shown(table)} has no column for ${missing.join(", ")} (${missing.map((m) => usualColumns[m].join(" or ")).join("; ")})`,
    );
  }
  const type = threadType(thread.type);
  if (!type)
    return none(
      `${shown(table)}.${showName(thread.name)} is ${thread.type}; it must be integer, bigint, uuid or text`,
    );
  if (!table.rights.select || !table.rights.usage) return none(`no right to read ${shown(table)}`);
  const direction = directionColumns(table)
    .map((column) => ({
      column,
      incoming: (inspection.directions[column] ?? []).filter((v) => buyers.test(v)),
    }))
    .toSorted((a, b) => Number(b.incoming.length > 0) - Number(a.incoming.length > 0))[0];
  if (!direction)
    return none(`${shown(table)} does not say who wrote: no column ${usualColumns.direction.join(" or ")}`);
  const threadOf = findThreadOf(inspection, thread, type, options);
  if (!threadOf) {
    return none(
      `nothing in an interaction points to ${shown(table)}.${showName(thread.name)}: no column and no key of that name`,
    );
  }
  const incoming = direction.incoming.length > 0 ? direction.incoming : ["in"];
  return {
    mapping: {
      table: { schema: table.schema, name: table.name },
      thread: { column: thread.name, type },
      thread_of: threadOf.place,
      direction: direction.column,
      incoming,
      text: text.name,
      sent_at: sentAt.name,
      external_id: find(table, usualColumns.external_id)?.name ?? null,
    },
    named,
    text: `${shown(table)}, thread ${showName(thread.name)} = ${threadOf.text}; from the buyer where ${showName(direction.column)} is ${incoming.join(" or ")}${direction.incoming.length > 0 ? "" : " (assumed: no such row yet)"}`,
    ...(table.indexed.includes(thread.name)
      ? {}
      : {
          advice: `create index concurrently on ${qualified(table)} (${quote(thread.name)});  -- each prompt reads the whole table without it`,
        }),
  };
}

function threadType(type: string): Messages["thread"]["type"] | undefined {
  if (type === "integer" || type === "bigint" || type === "uuid") return type;
  return type === "text" || type === "character varying" ? "text" : undefined;
}

/** Where an interaction names its thread: its own key, a column, or a key of the document whose values fit. */
function findThreadOf(
  { table, sample }: Inspection,
  thread: ColumnFacts,
  type: Messages["thread"]["type"],
  options: AttachOptions,
): { place: Messages["thread_of"]; text: string } | undefined {
  const key = snake(thread.name);
  const own = key === "interaction_id" ? (options.columns["id"] ?? "id") : undefined;
  const column = table.columns.find((c) => c.name === own) ?? find(table, [key]);
  if (column) return { place: { column: column.name }, text: showName(column.name) };
  const fits = { integer: /^\d{1,10}$/, bigint: /^\d{1,19}$/, uuid: /^[0-9a-f-]{36}$/i, text: /^/ }[type];
  const candidates = [thread.name, key].filter((k) =>
    (sample.chatKeys[k] ?? sample.keys[k])?.values.some((v) => fits.test(v)),
  );
  const seen = candidates[0];
  if (seen !== undefined)
    return { place: { document_key: seen }, text: `${showName(options.documentColumn)}.${seen}` };
  // An empty host shows no chat yet; what others call it is the best guess, and a wrong one costs only the thread.
  const chats = sample.channels["chat"] ?? 0;
  if (chats > 0 || key === "interaction_id") return undefined;
  return {
    place: { document_key: thread.name },
    text: `${showName(options.documentColumn)}.${thread.name} (assumed: no chat yet)`,
  };
}

/** Where product facts are found. */
export function judgeProducts(inspection: Inspection, options: AttachOptions): SideVerdict<Products> {
  const named = options.products !== undefined;
  const none = (text: string): SideVerdict<Products> => ({ mapping: null, text, named });
  const table = findTable(inspection.others, options.table, options.products, usualNames.products, (t) =>
    Boolean(find(t, ["nm_id"])),
  );
  if (!table) {
    return none(
      options.products
        ? `there is no table ${shown(options.products)}`
        : "none found: drafts know no product facts but those in predraft.product_facts; name a table with --products schema.table",
    );
  }
  const nmId = find(table, ["nm_id"]);
  if (!nmId || !/^(smallint|integer|bigint)$/.test(nmId.type))
    return none(`${shown(table)} has no integer nm_id`);
  if (!table.rights.select || !table.rights.usage) return none(`no right to read ${shown(table)}`);
  const attributes = find(table, ["options", "attributes", "characteristics", "params"]);
  const usable = attributes && /^jsonb?$/.test(attributes.type) ? attributes.name : null;
  const mapping: Products = {
    table: { schema: table.schema, name: table.name },
    nm_id: nmId.name,
    seller_id: find(table, ["seller_id"])?.name ?? null,
    name: find(table, ["name", "title", "product_name"])?.name ?? null,
    description: find(table, ["description"])?.name ?? null,
    attributes: usable,
  };
  const parts = [mapping.name, mapping.description, mapping.attributes]
    .filter((name) => name !== null)
    .map(showName);
  return {
    mapping,
    named,
    text: `${shown(table)} by ${showName(nmId.name)}${mapping.seller_id ? " and seller" : ""}: ${parts.join(", ") || "nothing usable"}${attributes && !usable ? `; ${showName(attributes.name)} is ${attributes.type}, not json` : ""}`,
    ...(table.indexed.includes(nmId.name) ||
    (mapping.seller_id !== null && table.indexed.includes(mapping.seller_id))
      ? {}
      : {
          advice: `create index concurrently on ${qualified(table)} (${quote(nmId.name)});  -- each prompt reads the whole table without it`,
        }),
  };
}
