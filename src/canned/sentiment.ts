import type { Sentiment } from "../domain/answer.ts";
import type { DraftBrief } from "../domain/brief.ts";

const troubles = ["legal", "defect", "wrong_item"];
const gravest = [...troubles, "harm", "counterfeit"];

/** How the buyer feels: by the stars of a review, which a named trouble lowers by one step; elsewhere by the cues. */
export function sentimentOf(brief: DraftBrief): Sentiment {
  const rating = ratingOf(brief);
  const isGrave = has(brief, gravest);
  if (rating !== null) {
    if (rating >= 4) return isGrave ? "neutral" : "positive";
    return rating <= 2 || isGrave ? "negative" : "neutral";
  }
  // A question asks whether it harms or is genuine; elsewhere these words tell of something that happened.
  if (has(brief, brief.channel === "question" ? troubles : gravest)) return "negative";
  return brief.cues.length > 0 && brief.cues.every((cue) => cue === "thanks") ? "positive" : "neutral";
}

/** The stars of a review, 1 to 5; null elsewhere and for anything that is no such number. */
export function ratingOf(brief: DraftBrief): number | null {
  const { channel, rating } = brief;
  if (channel !== "review" || rating === null || !Number.isInteger(rating)) return null;
  return rating >= 1 && rating <= 5 ? rating : null;
}

function has(brief: DraftBrief, cues: readonly string[]): boolean {
  return cues.some((cue) => brief.cues.includes(cue));
}
