import type { DraftBrief } from "../../src/domain/brief.ts";

/** A plain review of five stars, to be changed by what a test is about. */
export function briefWith(changes: Partial<DraftBrief> = {}): DraftBrief {
  return {
    interactionId: "1",
    sellerId: "1",
    marketplace: "wildberries",
    channel: "review",
    rating: 5,
    subject: null,
    text: "Купили, пользуемся.",
    thread: [],
    customerName: null,
    priority: "normal",
    cues: [],
    product: { name: null, attributes: {} },
    tone: "neutral",
    signature: null,
    ownRules: null,
    ...changes,
  };
}

/** A line of a chat from the buyer. */
export function fromBuyer(text: string) {
  return { direction: "in", text, sentAt: new Date(0) } as const;
}

/** A line of a chat from the seller. */
export function fromSeller(text: string) {
  return { direction: "out", text, sentAt: new Date(0) } as const;
}
