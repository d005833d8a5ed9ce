import type { HostMapping } from "../../db/host/mapping.ts";
import { attachedHost } from "./attached-host.ts";

/** The foreign host with its chats, names in its document, a catalogue (`public.product_cache`, to be made) and sellers' voices. */
export const threadedHost: HostMapping = {
  ...attachedHost,
  customer_name_keys: ["user_name", "customer_name"],
  messages: {
    table: { schema: "public", name: "messages" },
    thread: { column: "chat_id", type: "integer" },
    thread_of: { document_key: "chat_id" },
    direction: "direction",
    incoming: ["incoming", "in"],
    text: "text",
    sent_at: "sent_at",
    external_id: "external_message_id",
  },
  products: {
    table: { schema: "public", name: "product_cache" },
    nm_id: "nm_id",
    seller_id: null,
    name: "name",
    description: "description",
    attributes: "options",
  },
  seller_voice_prefix: "ai_settings_v1:seller:",
};

/** The catalogue that `threadedHost` names. */
export const productCache =
  "create table public.product_cache (nm_id integer, name varchar(300), description text, options json)";
