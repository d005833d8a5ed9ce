import type { DraftAnswer } from "../domain/answer.ts";
import type { Channel } from "../domain/brief.ts";
import { ModelError } from "../llm/model-error.ts";
import type { PersonalKind } from "../privacy/finding.ts";
import type { Mask } from "../privacy/mask.ts";
import { namedPlaceholders, withoutPlaceholders } from "../privacy/placeholders.ts";
import type { PersonalWord } from "../privacy/values.ts";

/** What a reply may repeat: in a private chat the buyer's own order, in public nothing. */
const mayReturn: Readonly<Record<Channel, ReadonlySet<PersonalKind>>> = {
  review: new Set(),
  question: new Set(),
  chat: new Set(["order_code"]),
};

/** What no reply of this channel may repeat of all that the buyer said of himself; surnames aside, which the guardrails know. */
export const unrepeatable = (personal: readonly PersonalWord[], channel: Channel): readonly string[] =>
  personal.filter(({ kind }) => kind !== "surname" && !mayReturn[channel].has(kind)).map(({ text }) => text);

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
    throw new ModelError("The model's answer is nothing but hidden personal data", {
      code: "model_invalid_answer",
      retryable: true,
    });
  }
  // Every note, so that one which is added later is not forgotten.
  const notes = Object.entries(answer)
    .filter(([name]) => name.endsWith("_reason"))
    .map(([name, note]) => [name, typeof note === "string" ? namedPlaceholders(note) : note] as const);
  return { ...answer, ...Object.fromEntries(notes), text };
}
