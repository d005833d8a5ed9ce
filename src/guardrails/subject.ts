import type { Instructions } from "./instructions.ts";

/** Reviews and questions are answered in public, chats in private. */
export type Channel = "review" | "question" | "chat";

/** Everything that a draft is checked against; nothing is looked up elsewhere. */
export interface Subject {
  readonly channel: Channel;
  /** As the row has it (`wildberries`, `ozon`, …); empty if unknown. */
  readonly marketplace: string;
  /** 1 to 5, reviews only. */
  readonly rating: number | null;
  /** What the buyer wrote, oldest first: subject, text, the thread's incoming messages. */
  readonly buyerTexts: readonly string[];
  /** The seller's earlier replies in the thread. */
  readonly sellerTexts: readonly string[];
  /** As the host stores it, with the surname. */
  readonly customerName: string | null;
  /** The name to greet the buyer by; null if it is not certain. */
  readonly firstName: string | null;
  readonly productName: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** The seller's own rules; a draft may offer what they offer (a discount, a contact). */
  readonly ownRules: string | null;
  readonly signature: string | null;
  /** Phones, addresses and the like from the buyer's words. */
  readonly personal: readonly string[];
  /** The fixed part of the prompt; no draft may repeat its sentences. */
  readonly instructions: Instructions;
}
