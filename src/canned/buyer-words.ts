import type { DraftBrief } from "../domain/brief.ts";

const letterOrDigit = /[\p{L}\p{N}]/u;
const invisible = /[\p{Z}\p{C}]|\ufe0f/gu;
const english =
  /(?<!\p{L})(?:the|is|it|its|and|my|not|to|of|for|was|this|you|very|good|great|are|what|where|when|how|does|did|can|have|has|thanks?|bad|nice|love|please|order|size|item|broken|arrived|with|but|me|on|in)(?!\p{L})/iu;

/** What the buyer said last. */
export interface BuyerWords {
  /** In a chat: everything since the seller's last reply; in other channels: the text. */
  readonly text: string;
  /** True if the text has a letter or a digit. */
  readonly hasWords: boolean;
  /** True if a chat's latest message came without text, as a photo does. */
  readonly isPicture: boolean;
  /** True if the text is plainly not Russian: mainly Latin letters, and English by its words or its length. */
  readonly isEnglish: boolean;
}

/** Reads the buyer's latest words from a brief. */
export function buyerWords(brief: DraftBrief): BuyerWords {
  const latest = brief.channel === "chat" ? sinceLastReply(brief) : [brief.text];
  const text = latest.join("\n");
  return {
    text,
    hasWords: letterOrDigit.test(text),
    isPicture: brief.channel === "chat" && (latest.at(-1) ?? "").trim().replace(invisible, "") === "",
    isEnglish: isEnglish(text),
  };
}

function sinceLastReply({ thread, text }: DraftBrief): string[] {
  if (!thread.some((message) => message.direction === "in")) return [text];
  const lastIn = thread.findLastIndex((message) => message.direction === "in");
  const before = thread.slice(0, lastIn).findLastIndex((message) => message.direction === "out");
  return thread.slice(before + 1, lastIn + 1).map((message) => message.text);
}

function isEnglish(text: string): boolean {
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  const cyrillic = text.match(/\p{Script=Cyrillic}/gu)?.length ?? 0;
  if (latin < 4 || latin <= cyrillic * 2) return false;
  // "iPhone 15 Pro Max" alone is a product's name in a Russian question.
  return english.test(text) || (text.match(/\p{Script=Latin}{2,}/gu)?.length ?? 0) >= 6;
}
