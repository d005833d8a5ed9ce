import { PredraftError } from "../errors.ts";
import type { DraftAnswer } from "../llm/answer.ts";
import type { Channel } from "../llm/brief.ts";
import type { PersonalKind } from "../privacy/finding.ts";
import type { Mask } from "../privacy/mask.ts";
import { namedPlaceholders, withoutPlaceholders } from "../privacy/placeholders.ts";
import { personalWords } from "../privacy/values.ts";
import type { WholeBrief } from "./brief.ts";
import { personOf } from "./outgoing.ts";

/** What a reply may repeat: in a private chat the buyer's own order, in public nothing. */
const mayReturn: Readonly<Record<Channel, ReadonlySet<PersonalKind>>> = {
  review: new Set(),
  question: new Set(),
  chat: new Set(["order_code"]),
};

/** The personal values in the buyer's own words that no reply of this channel may repeat; surnames aside, which the guardrails know. */
export function unrepeatable(brief: WholeBrief): readonly string[] {
  const own = brief.thread.filter(({ direction }) => direction === "in").map(({ text }) => text);
  const texts = [brief.subject ?? "", brief.text, ...own].join("\n").slice(-longestRead);
  return personalWords([texts], personOf(brief))
    .filter(({ kind }) => kind !== "surname" && !mayReturn[brief.channel].has(kind))
    .map(({ text }) => text);
}

/** Characters of a thread's end that are looked through. */
const longestRead = 20_000;

/** An answer with what its channel may repeat put back; other placeholders stay, for the guardrails to find. */
export const restored = (answer: DraftAnswer, mask: Mask, channel: Channel): DraftAnswer => ({
  ...answer,
  text: mask.restore(answer.text, mayReturn[channel]),
});

/**
 * An answer as it may be shown: the reply without any placeholder, notes to the operator with the kind's name in its place. Throws
 * `model_invalid_answer` where nothing of the reply would remain.
 */
export function withoutTraces(answer: DraftAnswer): DraftAnswer {
  const text = withoutPlaceholders(answer.text);
  if (!/[\p{L}\p{N}]/u.test(text)) {
    throw new PredraftError("The model's answer is nothing but hidden personal data", {
      code: "model_invalid_answer",
      retryable: true,
    });
  }
  return { ...answer, text, recommendation_reason: namedPlaceholders(answer.recommendation_reason) };
}
