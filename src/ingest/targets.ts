import type { UpsertTarget } from "./upsert.ts";

/** `public.sellers`. */
export const sellers = (): UpsertTarget => ({
  table: "public.sellers",
  key: { id: "bigint" },
  columns: { name: "text" },
  defaults: { name: "'seller ' || g.id" },
});

/** `predraft.seller_settings`: how a seller speaks. */
export const sellerSettings = (): UpsertTarget => ({
  table: "predraft.seller_settings",
  key: { seller_id: "bigint" },
  columns: { tone: "text", signature: "text", own_rules: "text", time_zone: "text" },
  defaults: { tone: "'neutral'", time_zone: "'Europe/Moscow'" },
  stamp: "updated_at",
});

/** `predraft.product_facts`: what is known about products. */
export const productFacts = (): UpsertTarget => ({
  table: "predraft.product_facts",
  key: { seller_id: "bigint", nm_id: "bigint" },
  columns: { name: "text", attributes: "jsonb" },
  defaults: { attributes: "'{}'" },
});

/**
 * `public.interactions`. A chat's messages determine `last_message_*`, which are no columns here, and also `status` and
 * `needs_response`, which are written only if they are given.
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

// If a document comes without a draft, the row's draft is added before the two are compared; otherwise the same line again would write
// the row again.
const KEEPING_DRAFT = `case
    when jsonb_typeof(old.extra_data) = 'object' and old.extra_data ? 'last_ai_draft'
         and not coalesce(line -> 'extra_data' ? 'last_ai_draft', false)
    then coalesce(nullif(line -> 'extra_data', 'null'), '{}')
         || jsonb_build_object('last_ai_draft', old.extra_data -> 'last_ai_draft')
    else nullif(line -> 'extra_data', 'null')
  end`;

// A null that a line gives stays null, as with a plain INSERT.
const NOW_UNLESS_NULL = "case when not g.line ? 'occurred_at' then now() end";
