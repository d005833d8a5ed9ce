import { z } from "zod";

const name = z.string().min(1).max(63);
const keyType = z.enum(["integer", "bigint", "uuid"]);
const relation = z.object({ schema: name, name });

/** Canonical columns that every interaction has: from a column, an expression or a constant. */
const required = ["seller_id", "channel", "text", "status", "needs_response"] as const;

/** Canonical columns that a host may lack; null then. */
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

const canonical = ["id", ...required, ...optional] as const;
const nullable = [...required, ...optional] as const;

/** The host's column for each canonical one; null if there is none, or if an expression or a constant stands for it. */
const columns = z.object({
  id: name,
  ...(Object.fromEntries(nullable.map((c) => [c, name.nullable()])) as Record<
    (typeof nullable)[number],
    z.ZodNullable<typeof name>
  >),
});

/**
 * An operator's expression over one row of a table, checked by attach: PostgreSQL's own text of it, its type, and the columns
 * that it reads. No session setting changes its value; if it fails, the row is left alone.
 */
const expression = z.object({ sql: z.string().min(1), type: z.string().min(1), columns: z.array(name) });

/** The table of a host's chat messages; read when a prompt is made. */
const messages = z.object({
  table: relation,
  /** The messages' column that names their thread, and its type: `chat_id`, `integer`. */
  thread: z.object({ column: name, type: z.enum(["integer", "bigint", "uuid", "text"]) }),
  /** The interaction's thread: a column of its row, or a key of its document. */
  thread_of: z.union([z.object({ column: name }), z.object({ document_key: z.string().min(1) })]),
  /** A column of `incoming` and other values, or an expression that is true for the buyer's messages. */
  direction: z.union([name, expression]),
  /** Values of `direction` that mean the buyer, in any case. All others mean the seller. */
  incoming: z.array(z.string()).min(1),
  /** True if `incoming` was assumed, because no row showed the values yet. */
  incoming_assumed: z.boolean().optional(),
  /** The messages that belong to the thread, without private notes and the like. Absent: all. */
  filter: expression.optional(),
  text: name,
  sent_at: name,
  /** Breaks ties of `sent_at`. */
  external_id: name.nullable(),
  /** True if a trigger watches the table for lines that the interaction does not show yet. */
  watch: z.boolean().optional(),
});

/** The table of a host's products. */
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

/** The tables and columns of interactions in a host's database. Stored in `predraft.host`. */
export const hostMapping = z
  .object({
    table: relation,
    /** Types of the keys; predraft's own tables use the same types. */
    keys: z.object({ id: keyType, seller_id: keyType }).default({ id: "bigint", seller_id: "bigint" }),
    /** The column that carries `last_ai_draft`. */
    document: z.object({ column: name, type: z.enum(["json", "jsonb"]) }),
    columns,
    /** Expressions that stand for canonical columns. Never for keys. */
    expressions: z.partialRecord(z.enum(canonical), expression).optional(),
    /** Values that are the same for every row: `{"channel": "chat"}`. Never for the id. */
    constants: z.partialRecord(z.enum(canonical), z.string()).optional(),
    /** The host's words for ours, in lower case: `{"status": {"answered": "responded"}}`. Matched in any case. */
    values: z.partialRecord(z.enum(canonical), z.record(z.string(), z.string())).optional(),
    /** Keys of the document that may hold the buyer's name; the first one present wins. Used only if no column is mapped. */
    customer_name_keys: z.array(z.string()).default([]),
    messages: messages.nullable().default(null),
    products: products.nullable().default(null),
    /** runtime_settings keys `<prefix><seller id>` hold a JSON object with the seller's tone; null: none do. */
    seller_voice_prefix: z.string().nullable().default(null),
    settings: relation,
    /** Our own greenfield tables, messages included. */
    greenfield: z.boolean(),
  })
  .refine(
    (mapping) =>
      required.every(
        (c) =>
          mapping.columns[c] !== null ||
          mapping.expressions?.[c] !== undefined ||
          mapping.constants?.[c] !== undefined,
      ),
    "a canonical column that every interaction has comes from nowhere",
  );

export type HostMapping = z.infer<typeof hostMapping>;
export type HostExpression = z.infer<typeof expression>;
export type CanonicalColumn = keyof HostMapping["columns"];

/** The canonical columns, in the order in which they are reported. */
export const canonicalNames: readonly CanonicalColumn[] = canonical;

/** True if every interaction needs this column. */
export const isRequired = (column: CanonicalColumn): boolean =>
  column === "id" || required.some((c) => c === column);

/** The tables of db/host/tables.sql, which predraft creates in an empty database. */
export const greenfieldHost: HostMapping = {
  table: { schema: "public", name: "interactions" },
  document: { column: "extra_data", type: "jsonb" },
  columns: Object.fromEntries(canonical.map((c) => [c, c])) as Record<CanonicalColumn, string>,
  keys: { id: "bigint", seller_id: "bigint" },
  customer_name_keys: [],
  messages: null,
  products: null,
  seller_voice_prefix: null,
  settings: { schema: "public", name: "runtime_settings" },
  greenfield: true,
};
