import type { FullBrief } from "../../src/prompt/redact.ts";

/** A chat of a buyer with a full name, whose texts a test replaces. */
export const brief = (over: Partial<FullBrief> = {}): FullBrief => ({
  interactionId: "1",
  sellerId: "1",
  marketplace: "wildberries",
  channel: "chat",
  rating: null,
  subject: null,
  text: "",
  thread: [],
  gap: null,
  customerName: "Смирнова Ольга Игоревна",
  orderId: null,
  priority: "normal",
  cues: [],
  product: { name: "Платье", attributes: {} },
  tone: "neutral",
  signature: null,
  ownRules: null,
  ...over,
});

/** A line of a chat, the buyer's. */
export const said = (text: string) => ({ direction: "in" as const, text, sentAt: new Date(0) });
