import type { Sql } from "../../db/client/connect.ts";
import type { DraftBrief } from "../domain/brief.ts";
import type { FullBrief } from "../prompt/redact.ts";
import type { Gap } from "../prompt/thread.ts";
import type { DraftContext } from "./context.ts";

/**
 * Finds the cues in the buyer's latest words. Not part of the context, because only rules and fallbacks need them, and the search
 * costs as much as all the rest.
 */
export async function findCues(sql: Sql, context: DraftContext): Promise<readonly string[]> {
  const { lastMessageText, text } = context.interaction;
  const [row] = await sql<
    { cues: string[] }[]
  >`select predraft.cues(${lastMessageText || text || ""}) as cues`;
  return row?.cues ?? [];
}

/** Everything in a context, with personal data and at full length, for our own rules. `redact` makes the brief for others. */
export function briefOf(context: DraftContext, cues: readonly string[]): FullBrief {
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
    gap: gapIn(context.thread),
    customerName: interaction.customerName,
    orderId: interaction.orderId,
    priority: interaction.priority,
    cues,
    product: { name: product?.name ?? context.productName, attributes: Object.fromEntries(attributes) },
    tone: seller.tone,
    signature: seller.signature,
    ownRules: seller.ownRules,
  };
}

/** The thread; for a chat whose host keeps no messages, the preview of its last one. */
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

/** The gap in a thread's message numbers: only the first and the latest messages are read. */
function gapIn(thread: DraftContext["thread"]): Gap | null {
  for (const [place, { nth }] of thread.entries()) {
    const before = place === 0 ? 0 : (thread[place - 1]?.nth ?? 0);
    if (nth > before + 1) return { after: place, count: nth - before - 1 };
  }
  return null;
}
