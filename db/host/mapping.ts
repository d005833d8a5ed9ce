import { z } from "zod";

const name = z.string().min(1).max(63);
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

/** Where predraft finds interactions in a host's database, and what their columns are called. Kept in `predraft.host`. */
export const hostMapping = z.object({
  table: relation,
  /** The column that carries `last_ai_draft`. */
  document: z.object({ column: name, type: z.enum(["json", "jsonb"]) }),
  columns,
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
  settings: { schema: "public", name: "runtime_settings" },
  greenfield: true,
};
