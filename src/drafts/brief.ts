import type { Sql } from "../../db/client.ts";
import type { DraftBrief } from "../llm/brief.ts";
import type { DraftContext } from "./context.ts";

/**
 * Finds the cues in the buyer's latest words. Only rules and fallbacks need them, and the search costs as much as the rest of
 * the context together, so it isn't part of it.
 */
export async function findCues(sql: Sql, context: DraftContext): Promise<readonly string[]> {
  const { lastMessageText, text } = context.interaction;
  const [row] = await sql<
    { cues: string[] }[]
  >`select predraft.cues(${lastMessageText || text || ""}) as cues`;
  return row?.cues ?? [];
}

/** What a provider gets to know of an interaction. */
export function briefOf(context: DraftContext, cues: readonly string[]): DraftBrief {
  const { interaction, product, seller } = context;
  const attributes = Object.entries(product?.attributes ?? {}).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return {
    interactionId: interaction.id,
    sellerId: interaction.sellerId,
    marketplace: interaction.marketplace ?? "",
    channel: interaction.channel,
    rating: interaction.rating,
    subject: interaction.subject,
    text: interaction.text ?? "",
    thread: threadOf(context),
    customerName: interaction.customerName,
    priority: interaction.priority,
    cues,
    product: { name: product?.name ?? context.productName, attributes: Object.fromEntries(attributes) },
    tone: seller.tone,
    signature: seller.signature,
    ownRules: seller.ownRules,
  };
}

/** A chat whose host keeps no messages still has the preview of its last one. */
function threadOf(context: DraftContext): DraftBrief["thread"] {
  if (context.thread.length > 0) {
    return context.thread.map(({ direction, text, sent_at }) => ({
      direction,
      text,
      sentAt: new Date(sent_at),
    }));
  }
  const { channel, lastMessageText } = context.interaction;
  return channel === "chat" && lastMessageText
    ? [{ direction: "in", text: lastMessageText, sentAt: new Date(0) }]
    : [];
}
