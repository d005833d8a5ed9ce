import type { Sentiment } from "../domain/answer.ts";
import type { DraftBrief } from "../domain/brief.ts";

const troubles = ["legal", "defect", "wrong_item"];
const gravest = [...troubles, "harm", "counterfeit"];

/** The buyer's sentiment: by a review's stars, one step lower if a problem is named; in other channels by the cues. */
export function sentimentOf(brief: DraftBrief): Sentiment {
  const rating = ratingOf(brief);
  const isGrave = has(brief, gravest);
  if (rating !== null) {
    if (rating >= 4) return isGrave ? "neutral" : "positive";
    return rating <= 2 || isGrave ? "negative" : "neutral";
  }
  // In a question these words only ask about harm or authenticity; elsewhere they tell what happened.
  if (has(brief, brief.channel === "question" ? troubles : gravest)) return "negative";
  return brief.cues.length > 0 && brief.cues.every((cue) => cue === "thanks") ? "positive" : "neutral";
}

/** A review's stars, 1 to 5; null in other channels and for any other value. */
export function ratingOf(brief: DraftBrief): number | null {
  const { channel, rating } = brief;
  if (channel !== "review" || rating === null || !Number.isInteger(rating)) return null;
  return rating >= 1 && rating <= 5 ? rating : null;
}

function has(brief: DraftBrief, cues: readonly string[]): boolean {
  return cues.some((cue) => brief.cues.includes(cue));
}
