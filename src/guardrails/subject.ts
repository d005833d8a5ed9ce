import type { Instructions } from "./instructions.ts";

/** Where a buyer wrote: reviews and questions are answered in public, chats in private. */
export type Channel = "review" | "question" | "chat";

/** What a draft is judged against. All of it but the draft itself is given; nothing is looked up. */
export interface Subject {
  readonly channel: Channel;
  /** As the row has it (`wildberries`, `ozon`, …); empty where it is unknown. */
  readonly marketplace: string;
  /** 1 to 5, reviews only. */
  readonly rating: number | null;
  /** What the buyer wrote, oldest first: subject, text, the thread's incoming messages. */
  readonly buyerTexts: readonly string[];
  /** The seller's earlier replies in the thread. */
  readonly sellerTexts: readonly string[];
  /** As the host stores it, surname and all. */
  readonly customerName: string | null;
  /** The name that the buyer may be greeted by; null where it isn't certain. */
  readonly firstName: string | null;
  readonly productName: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** The seller's own rules: what they give (a discount, a contact) a draft may give. */
  readonly ownRules: string | null;
  readonly signature: string | null;
  /** Phones, addresses and the like that were found in the buyer's words. */
  readonly personal: readonly string[];
  /** The fixed part of the prompt, whose sentences no draft repeats. */
  readonly instructions: Instructions;
}
