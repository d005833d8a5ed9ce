import { z } from "zod";

export const intents = [
  "delivery_status",
  "delivery_delay",
  "cancel_request",
  "wrong_item",
  "defect_not_working",
  "refund_exchange",
  "quality_complaint",
  "sizing_fit",
  "availability",
  "spec_compatibility",
  "compliance_safety",
  "usage_howto",
  "pre_purchase",
  "thanks",
  "other",
] as const;

/** Text that Postgres can store: no NUL, no half of a surrogate pair. */
const storable = z.string().transform((text) => text.replaceAll("\0", "").toWellFormed());

/** What a model (or the offline rules) answers: a reply draft and how it understood the buyer. */
export const draftAnswer = z.object({
  text: storable.pipe(z.string().trim().min(1).max(5000)),
  intent: z.enum(intents),
  sentiment: z.enum(["positive", "neutral", "negative"]),
  sla_priority: z.enum(["urgent", "high", "normal", "low"]),
  recommendation_reason: storable.pipe(z.string().trim().max(500)),
});

export type DraftAnswer = z.infer<typeof draftAnswer>;
export type Intent = (typeof intents)[number];
export type Sentiment = DraftAnswer["sentiment"];
