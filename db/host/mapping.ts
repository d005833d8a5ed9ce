import { z } from "zod";

const name = z.string().min(1).max(63);
const keyType = z.enum(["integer", "bigint", "uuid"]);
const relation = z.object({ schema: name, name });

/** Canonical columns of an interaction that a host must have under some name. */
const required = ["id", "seller_id", "channel", "text", "status", "needs_response"] as const;

/** Canonical columns that a host may lack: null there. */
const optional = [
  "marketplace",
  "external_id",
  "customer_id",
  "customer_name",
  "order_id",
  "nm_id",
  "product_article",
  "product_name",
  "subject",
  "rating",
  "priority",
  "occurred_at",
  "last_message_text",
  "last_message_at",
] as const;

const columns = z.object({
  ...(Object.fromEntries(required.map((c) => [c, name])) as Record<(typeof required)[number], typeof name>),
  ...(Object.fromEntries(optional.map((c) => [c, name.nullable()])) as Record<
    (typeof optional)[number],
    z.ZodNullable<typeof name>
  >),
});

/** Where a host keeps the lines of its chats; read when a prompt is made, never by a trigger. */
const messages = z.object({
  table: relation,
  /** The messages' column that names their thread, and its type: `chat_id`, `integer`. */
  thread: z.object({ column: name, type: z.enum(["integer", "bigint", "uuid", "text"]) }),
  /** Where an interaction says which thread is its own: a column of its row, or a key of its document. */
  thread_of: z.union([z.object({ column: name }), z.object({ document_key: z.string().min(1) })]),
  direction: name,
  /** Values of `direction` that mean: from the buyer. Anything else is the seller's. */
  incoming: z.array(z.string()).min(1),
  text: name,
  sent_at: name,
  /** Breaks ties of `sent_at`. */
  external_id: name.nullable(),
});

/** Where a host keeps what is known about products. */
const products = z.object({
  table: relation,
  nm_id: name,
  /** null: one catalogue for all sellers. */
  seller_id: name.nullable(),
  name: name.nullable(),
  description: name.nullable(),
  /** A json or jsonb column: an object of attribute to value, or an array of {name, value}. */
  attributes: name.nullable(),
});

/** Where predraft finds interactions in a host's database, and what their columns are called. Kept in `predraft.host`. */
export const hostMapping = z.object({
  table: relation,
  /** Types of the keys; predraft's own tables take the same ones. */
  keys: z.object({ id: keyType, seller_id: keyType }).default({ id: "bigint", seller_id: "bigint" }),
  /** The column that carries `last_ai_draft`. */
  document: z.object({ column: name, type: z.enum(["json", "jsonb"]) }),
  columns,
  /** Keys of the document that may hold the buyer's name, the first one that does wins; used where no column is mapped. */
  customer_name_keys: z.array(z.string()).default([]),
  messages: messages.nullable().default(null),
  products: products.nullable().default(null),
  /** runtime_settings keys `<prefix><seller id>` hold a JSON object with the seller's tone; null: none do. */
  seller_voice_prefix: z.string().nullable().default(null),
  settings: relation,
  /** Our own greenfield tables, messages included. */
  greenfield: z.boolean(),
});

export type HostMapping = z.infer<typeof hostMapping>;
export type CanonicalColumn = keyof HostMapping["columns"];

/** The tables of db/host/tables.sql, which predraft creates in an empty database. */
export const greenfieldHost: HostMapping = {
  table: { schema: "public", name: "interactions" },
  document: { column: "extra_data", type: "jsonb" },
  columns: {
    ...(Object.fromEntries([...required, ...optional].map((c) => [c, c])) as Record<
      (typeof required)[number] | (typeof optional)[number],
      string
    >),
  },
  keys: { id: "bigint", seller_id: "bigint" },
  customer_name_keys: [],
  messages: null,
  products: null,
  seller_voice_prefix: null,
  settings: { schema: "public", name: "runtime_settings" },
  greenfield: true,
};
