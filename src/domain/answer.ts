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
const sentiments = ["positive", "neutral", "negative"] as const;
const priorities = ["urgent", "high", "normal", "low"] as const;

/** Text that Postgres can store: no NUL, no half of a surrogate pair. */
const storable = z.string().transform((text) => text.replaceAll("\0", "").toWellFormed());

/** A note, cut to 500 characters, because a repair call for a long one would buy nothing. */
const note = storable.transform((text) => [...text.trim()].slice(0, 500).join(""));

/** The answer of a model (or the offline rules): a reply draft and how the buyer was understood. */
export const draftAnswer = z.object({
  text: storable.pipe(z.string().trim().min(1).max(5000)),
  intent: z.enum(intents),
  sentiment: z.enum(sentiments),
  sla_priority: z.enum(priorities),
  recommendation_reason: note,
  // Services that enforce no schema leave these out if there is nothing to say.
  needs_escalation: z
    .boolean()
    .nullish()
    .transform((needed) => needed ?? false),
  escalation_reason: note
    .nullish()
    .catch(null)
    .transform((reason) => reason || null),
});

/** The answer's schema for services that enforce one: no transforms, no bounds, every field required. */
export const enforcedAnswer = z.object({
  text: z.string(),
  intent: z.enum(intents),
  sentiment: z.enum(sentiments),
  sla_priority: z.enum(priorities),
  recommendation_reason: z.string(),
  needs_escalation: z.boolean(),
  escalation_reason: z.string().nullable(),
});

export type DraftAnswer = z.infer<typeof draftAnswer>;
export type Intent = (typeof intents)[number];
export type Sentiment = DraftAnswer["sentiment"];
