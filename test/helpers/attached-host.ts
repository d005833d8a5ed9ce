import type { HostMapping } from "../../db/host/mapping.ts";

/** How predraft reads the tables of attached-host.sql. */
export const attachedHost: HostMapping = {
  table: { schema: "public", name: "interactions" },
  document: { column: "metadata", type: "json" },
  columns: {
    id: "id",
    seller_id: "seller_id",
    channel: "channel",
    text: "text",
    status: "status",
    needs_response: "needs_response",
    marketplace: "marketplace",
    external_id: "external_id",
    customer_id: "customer_id",
    customer_name: null,
    order_id: "order_id",
    nm_id: "nm_id",
    product_article: "product_article",
    product_name: null,
    subject: "subject",
    rating: "rating",
    priority: "priority",
    occurred_at: "occurred_at",
    last_message_text: null,
    last_message_at: null,
  },
  settings: { schema: "public", name: "runtime_settings" },
  greenfield: false,
};
