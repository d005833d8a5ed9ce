/** Where a buyer wrote. Reviews and questions are public, a chat is private. */
export type Channel = "review" | "question" | "chat";

/** How soon an interaction wants an answer, most urgent first. */
export type Priority = "urgent" | "high" | "normal" | "low";

/** How a seller speaks to buyers. */
export type Tone = "formal" | "neutral" | "friendly";

/** One line of a chat, oldest first in a thread. */
export interface ThreadMessage {
  readonly direction: "in" | "out";
  readonly text: string;
  readonly sentAt: Date;
}

/** What is known about the product, as the seller's catalogue gives it. Nothing else may be claimed. */
export interface ProductFacts {
  readonly name: string | null;
  /** Attribute name to value, e.g. `{"Состав": "хлопок 95%"}`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Everything a provider may know about the interaction it drafts a reply to. Buyer text is untrusted. */
export interface DraftBrief {
  readonly interactionId: string;
  readonly sellerId: string;
  readonly marketplace: string;
  readonly channel: Channel;
  /** 1 to 5, reviews only. */
  readonly rating: number | null;
  readonly subject: string | null;
  /** The review, the question or a chat's opening text; empty where there is none. */
  readonly text: string;
  /** Chats only, oldest first; empty elsewhere. */
  readonly thread: readonly ThreadMessage[];
  /** As the host stores it: "Фамилия Имя Отчество" or a first name alone. */
  readonly customerName: string | null;
  readonly priority: Priority;
  /** Codes of `predraft.cues()` found in the buyer's latest words, negated ones left out. */
  readonly cues: readonly string[];
  readonly product: ProductFacts;
  readonly tone: Tone;
  readonly signature: string | null;
  readonly ownRules: string | null;
}
