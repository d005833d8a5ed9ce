import { PredraftError } from "../src/errors.ts";
import type { CanonicalColumn, HostMapping } from "./host/mapping.ts";

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const qualified = (relation: { schema: string; name: string }): string =>
  `${quote(relation.schema)}.${quote(relation.name)}`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const types: Record<CanonicalColumn, string> = {
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

const threadOf = (messages: string): string => `(
    select coalesce(jsonb_agg(jsonb_build_object('direction', m.direction, 'text', coalesce(m.text, ''), 'sent_at', m.sent_at)
      order by m.sent_at, m.external_id), '[]')
    from (
      select a.*, row_number() over (order by a.sent_at, a.external_id) as nth,
        row_number() over (order by a.sent_at desc, a.external_id desc) as nth_latest
      from ${messages} a where a.interaction_id = p_interaction and isfinite(a.sent_at)
    ) m
    where m.nth <= 5 or m.nth_latest <= 100)`;

/** SQL expressions over one row of the host's table, by what they mean; `row` is an alias, `new` or `old`. */
function rowExpression(mapping: HostMapping, row: string, what: string): string | undefined {
  const column = (canonical: CanonicalColumn): string => {
    const actual = mapping.columns[canonical];
    if (canonical === "last_message_at" && actual === null) {
      // A host without message columns: a chat's text is the preview of its last message, the date its identity.
      return `case when ${column("channel")} = 'chat' then ${column("occurred_at")} end`;
    }
    if (actual === null) return `null::${types[canonical]}`;
    // Keys as they are: a cast would keep the host's index from being used.
    return keys.has(canonical) ? `${row}.${quote(actual)}` : `${row}.${quote(actual)}::${types[canonical]}`;
  };
  const content = ["channel", "rating", "text", "last_message_text", "last_message_at"] as const;
  const expressions: Record<string, () => string> = {
    doc: () => {
      const document = `${row}.${quote(mapping.document.column)}`;
      return mapping.document.type === "json" ? `predraft.as_jsonb(${document})` : document;
    },
    hash: () => `predraft.content_hash(${content.map(column).join(", ")})`,
    content: () => `row(${content.map(column).join(", ")})`,
    open: () => `(${column("needs_response")} is true and ${column("status")} is distinct from 'responded')`,
    effective_priority: () =>
      `predraft.effective_priority(${column("priority")}, (select predraft.setting('ai_draft_priority_source')), ` +
      `${column("channel")}, ${column("rating")}, coalesce(nullif(${column("last_message_text")}, ''), ${column("text")}))`,
  };
  if (what in types) return column(what as CanonicalColumn);
  return expressions[what]?.();
}

/**
 * A host_*.sql file with its placeholders filled in for this host: `{{table}}`, `{{document}}`, `{{n.hash}}` and the like.
 * Throws `sql_placeholder_unknown` for a placeholder that means nothing.
 */
export function render(source: string, mapping: HostMapping): string {
  const messages = qualified({ schema: mapping.table.schema, name: "messages" });
  const table = qualified(mapping.table);
  const settings = qualified(mapping.settings);
  const fixed: Record<string, string> = {
    table,
    table_literal: literal(table),
    settings,
    settings_literal: literal(settings),
    messages,
    messages_literal: literal(messages),
    document: quote(mapping.document.column),
    document_type: mapping.document.type,
    thread: mapping.greenfield ? threadOf(messages) : "'[]'::jsonb",
  };
  return source.replaceAll(
    /\{\{([a-z_]+)(?:\.([a-z_]+))?\}\}/g,
    (placeholder, first: string, second?: string) => {
      const text = second === undefined ? fixed[first] : rowExpression(mapping, first, second);
      if (text === undefined) {
        throw new PredraftError(`db/sql names ${placeholder}, which means nothing`, {
          code: "sql_placeholder_unknown",
        });
      }
      return text;
    },
  );
}
