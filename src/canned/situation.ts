import type { DraftBrief } from "../domain/brief.ts";
import type { BuyerWords } from "./buyer-words.ts";
import { ratingOf } from "./sentiment.ts";
import { chatEndings, chatWordings } from "./wordings-chat.ts";
import { questionWordings } from "./wordings-question.ts";
import { ratingWordings, reviewWordings } from "./wordings-review.ts";

type Wordings = readonly string[];

/** The wordings that fit a brief, and in a chat the endings. */
export interface Situation {
  readonly wordings: Wordings;
  readonly endings: Wordings;
  /** True for harm, doubts of authenticity, or a legal matter: an operator must read the draft with care. */
  readonly isSerious: boolean;
}

const serious = ["harm", "counterfeit", "legal"] as const;
const lowTopics = [...serious, "wrong_item", "defect", "return"] as const;
const seriousTopics: readonly string[] = serious;
const troubleTopics: readonly string[] = ["wrong_item", "defect"];
const orderTopics: readonly string[] = ["return", "cancel", "delivery", "other", "wordless"];

/** Finds the Russian wordings for a brief by channel, stars, cues and the buyer's words. */
export function situationOf(brief: DraftBrief, words: BuyerWords): Situation {
  const isSerious = seriousTopics.some((topic) => brief.cues.includes(topic));
  if (brief.channel === "chat") return chatSituation(brief, words, isSerious);
  const wordings =
    brief.channel === "question" ? questionSituation(brief, words) : reviewSituation(brief, words);
  return { wordings, endings: [], isSerious: isSerious && words.hasWords };
}

/** The first of `topics` that the brief's cues contain; null if none. */
export function topicOf<T extends string>(brief: DraftBrief, topics: readonly T[]): T | null {
  return topics.find((topic) => brief.cues.includes(topic)) ?? null;
}

function reviewSituation(brief: DraftBrief, { hasWords }: BuyerWords): Wordings {
  const rating = ratingOf(brief);
  if (!hasWords) return ratingWordings[starsKey(rating)];
  const topic = topicOf(brief, lowTopics);
  if (rating !== null && rating >= 4) return highReview(brief, rating, topic);
  if (topic !== null) return reviewWordings[`low_${topic}`];
  if (rating === null) return reviewWordings.unrated;
  if (rating === 3) return reviewWordings.mid_other;
  return reviewWordings[`low_${topicOf(brief, ["delivery", "size"]) ?? "other"}`];
}

function highReview(brief: DraftBrief, rating: number, topic: string | null): Wordings {
  // No sympathy and no return at four or five stars: a cue there may just as well be praise.
  if (topic !== null) return reviewWordings[seriousTopics.includes(topic) ? "high_serious" : "high_flaw"];
  const mention = topicOf(brief, ["size", "delivery"]);
  return mention === null
    ? reviewWordings[rating === 5 ? "five" : "four"]
    : reviewWordings[`high_${mention}`];
}

function starsKey(rating: number | null): keyof typeof ratingWordings {
  if (rating === null) return "unrated";
  if (rating <= 2) return "low";
  return rating === 3 ? "three" : rating === 4 ? "four" : "five";
}

function questionSituation(brief: DraftBrief, { hasWords }: BuyerWords): Wordings {
  if (!hasWords) return questionWordings.interest;
  if (topicOf(brief, [...serious, "wrong_item", "defect"]) !== null) {
    return questionWordings[topicOf(brief, serious) ?? "trouble"];
  }
  const asked = ["return", "cancel", "size", "safety", "specification", "availability", "delivery"] as const;
  return questionWordings[topicOf(brief, asked) ?? (isThanksOnly(brief) ? "interest" : "other")];
}

function chatSituation(brief: DraftBrief, words: BuyerWords, isSerious: boolean): Situation {
  if (words.isPicture && !(isSerious && words.hasWords)) {
    const wordings = chatWordings[words.hasWords ? "picture_with_words" : "picture"];
    return { wordings, endings: chatEndings.order, isSerious };
  }
  const asked = ["size", "availability", "safety", "specification", "before_purchase"] as const;
  const topics = [...serious, "return", "wrong_item", "defect", "cancel", "delivery", ...asked] as const;
  const topic =
    topicOf(brief, topics) ?? (isThanksOnly(brief) ? "thanks" : words.hasWords ? "other" : "wordless");
  return { wordings: chatWordings[topic], endings: chatEndings[moodOf(topic)], isSerious };
}

function moodOf(topic: string): keyof typeof chatEndings {
  if (topic === "thanks") return "none";
  if (seriousTopics.includes(topic) || troubleTopics.includes(topic)) return "trouble";
  return orderTopics.includes(topic) ? "order" : "plain";
}

function isThanksOnly({ cues }: DraftBrief): boolean {
  return cues.length > 0 && cues.every((cue) => cue === "thanks");
}
