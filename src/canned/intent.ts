import type { Intent } from "../domain/answer.ts";
import type { DraftBrief } from "../domain/brief.ts";
import { buyerWords } from "./buyer-words.ts";
import { ratingOf } from "./sentiment.ts";

// First match wins: problems before questions, thanks last.
const byCue: readonly (readonly [string, Intent])[] = [
  ["harm", "compliance_safety"],
  ["wrong_item", "wrong_item"],
  ["defect", "defect_not_working"],
  ["return", "refund_exchange"],
  ["cancel", "cancel_request"],
  ["delivery", "delivery_status"],
  ["counterfeit", "quality_complaint"],
  ["legal", "quality_complaint"],
  ["size", "sizing_fit"],
  ["availability", "availability"],
  ["safety", "compliance_safety"],
  ["specification", "spec_compatibility"],
  ["before_purchase", "pre_purchase"],
  ["thanks", "thanks"],
];

/** What the buyer wants: by the cues; without cues, by channel and stars. */
export function intentOf(brief: DraftBrief): Intent {
  const intent = byCue.find(([cue]) => brief.cues.includes(cue))?.[1] ?? null;
  const { channel } = brief;
  if (channel === "question" && intent === "quality_complaint" && brief.cues.includes("counterfeit")) {
    return "compliance_safety";
  }
  // A review is about an order that is delivered or overdue.
  if (channel === "review" && intent === "delivery_status") return "delivery_delay";
  if (intent !== null) return intent;
  if (channel === "question") return buyerWords(brief).hasWords ? "pre_purchase" : "other";
  return channel === "review" ? reviewIntent(ratingOf(brief)) : "other";
}

function reviewIntent(rating: number | null): Intent {
  if (rating === null) return "other";
  return rating >= 4 ? "thanks" : "quality_complaint";
}
