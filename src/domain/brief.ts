/** The place of an interaction. Reviews and questions are public, a chat is private. */
export type Channel = "review" | "question" | "chat";

/** How urgent an answer is, most urgent first. */
export type Priority = "urgent" | "high" | "normal" | "low";

/** How a seller speaks to buyers. */
export type Tone = "formal" | "neutral" | "friendly";

/** One line of a chat, oldest first in a thread. */
export interface ThreadMessage {
  readonly direction: "in" | "out";
  readonly text: string;
  readonly sentAt: Date;
}

/** The product as the seller's catalogue describes it. A reply may claim nothing else. */
export interface ProductFacts {
  readonly name: string | null;
  /** Attribute name to value, e.g. `{"Состав": "хлопок 95%"}`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Everything that a provider may know about an interaction. The buyer's text is untrusted. */
export interface DraftBrief {
  readonly interactionId: string;
  readonly sellerId: string;
  readonly marketplace: string;
  readonly channel: Channel;
  /** 1 to 5, reviews only. */
  readonly rating: number | null;
  readonly subject: string | null;
  /** The review, the question or a chat's opening text; empty if there is none. */
  readonly text: string;
  /** Chats only, oldest first; empty in other channels. */
  readonly thread: readonly ThreadMessage[];
  /** As the host stores it: "Фамилия Имя Отчество" or a first name alone. */
  readonly customerName: string | null;
  readonly priority: Priority;
  /** Codes of `predraft.cues()` in the buyer's latest words, without negated ones. */
  readonly cues: readonly string[];
  readonly product: ProductFacts;
  readonly tone: Tone;
  readonly signature: string | null;
  readonly ownRules: string | null;
}
