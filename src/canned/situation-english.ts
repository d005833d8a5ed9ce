import type { DraftBrief } from "../domain/brief.ts";
import type { BuyerWords } from "./buyer-words.ts";
import { ratingOf } from "./sentiment.ts";
import { type Situation, topicOf } from "./situation.ts";
import { englishChatWordings, englishQuestionWordings, englishReviewWordings } from "./wordings-english.ts";

const serious = ["harm", "counterfeit", "legal"] as const;
const returnable = ["wrong_item", "defect", "return"] as const;

/** Finds the English wordings for a brief. The buyer's text has words, because one without words never counts as English. */
export function englishSituationOf(brief: DraftBrief, words: BuyerWords): Situation {
  return { wordings: wordingsOf(brief, words), endings: [], isSerious: topicOf(brief, serious) !== null };
}

function wordingsOf(brief: DraftBrief, words: BuyerWords): readonly string[] {
  const isSerious = topicOf(brief, serious) !== null;
  const wantsReturn = topicOf(brief, returnable) !== null;
  if (brief.channel === "chat") return chatWordings(brief, words, isSerious);
  if (brief.channel === "question") {
    if (isSerious) return englishQuestionWordings.serious;
    if (wantsReturn) return englishQuestionWordings.return;
    return englishQuestionWordings[topicOf(brief, ["delivery", "cancel"]) === null ? "other" : "delivery"];
  }
  const rating = ratingOf(brief);
  if (rating !== null && rating >= 4)
    return englishReviewWordings[isSerious || wantsReturn ? "noted" : "high"];
  if (isSerious) return englishReviewWordings.serious;
  if (wantsReturn) return englishReviewWordings.return;
  return rating === null ? englishReviewWordings.noted : englishReviewWordings[rating === 3 ? "mid" : "low"];
}

function chatWordings(brief: DraftBrief, words: BuyerWords, isSerious: boolean): readonly string[] {
  if (isSerious) return englishChatWordings.serious;
  if (words.isPicture) return englishChatWordings.picture_with_words;
  const topic = topicOf(brief, [...returnable, "delivery", "cancel"]);
  if (topic === "return") return englishChatWordings.return;
  if (topic === "wrong_item" || topic === "defect") return englishChatWordings.trouble;
  if (topic !== null) return englishChatWordings.delivery;
  const isThanks = brief.cues.length > 0 && brief.cues.every((cue) => cue === "thanks");
  return englishChatWordings[isThanks ? "thanks" : "other"];
}
