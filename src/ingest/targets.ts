import type { UpsertTarget } from "./upsert.ts";

/** `public.sellers`. */
export const sellers = (): UpsertTarget => ({
  table: "public.sellers",
  key: { id: "bigint" },
  columns: { name: "text" },
  defaults: { name: "'seller ' || g.id" },
});

/** How a seller speaks. */
export const sellerSettings = (): UpsertTarget => ({
  table: "predraft.seller_settings",
  key: { seller_id: "bigint" },
  columns: { tone: "text", signature: "text", own_rules: "text", time_zone: "text" },
  defaults: { tone: "'neutral'", time_zone: "'Europe/Moscow'" },
  stamp: "updated_at",
});

/** What is known about products. */
export const productFacts = (): UpsertTarget => ({
  table: "predraft.product_facts",
  key: { seller_id: "bigint", nm_id: "bigint" },
  columns: { name: "text", attributes: "jsonb" },
  defaults: { attributes: "'{}'" },
});

/**
 * The host's interactions. `last_message_*` are not among the columns, and `status` and `needs_response` are only
 * written where given: a chat's messages derive them.
 */
export const interactions = (): UpsertTarget => ({
  table: "public.interactions",
  key: { seller_id: "bigint", marketplace: "text", channel: "text", external_id: "text" },
  columns: {
    customer_id: "text",
    customer_name: "text",
    order_id: "text",
    nm_id: "bigint",
    product_article: "text",
    product_name: "text",
    subject: "text",
    text: "text",
    rating: "integer",
    status: "text",
    priority: "text",
    needs_response: "boolean",
    occurred_at: "timestamptz",
    extra_data: "jsonb",
  },
  defaults: { status: "'open'", needs_response: "true", occurred_at: NOW_UNLESS_NULL },
  merged: { extra_data: KEEPING_DRAFT },
  stamp: "updated_at",
});

// A document without the draft is compared and written with the one that the row has, else each repetition would
// write the row anew.
const KEEPING_DRAFT = `case
    when jsonb_typeof(old.extra_data) = 'object' and old.extra_data ? 'last_ai_draft'
         and not coalesce(line -> 'extra_data' ? 'last_ai_draft', false)
    then coalesce(nullif(line -> 'extra_data', 'null'), '{}')
         || jsonb_build_object('last_ai_draft', old.extra_data -> 'last_ai_draft')
    else nullif(line -> 'extra_data', 'null')
  end`;

// A null that was given stays null, as with a plain INSERT.
const NOW_UNLESS_NULL = "case when not g.line ? 'occurred_at' then now() end";
