import type { DraftAnswer } from "../domain/answer.ts";
import type { Channel } from "../domain/brief.ts";
import { ModelError } from "../llm/errors/model-error.ts";
import type { PersonalKind } from "../privacy/finding.ts";
import type { Mask } from "../privacy/mask.ts";
import { namedPlaceholders, withoutPlaceholders } from "../privacy/placeholders.ts";
import type { PersonalWord } from "../privacy/values.ts";

/** The kinds that a reply may repeat: in a private chat the buyer's own order, in public nothing. */
const mayReturn: Readonly<Record<Channel, ReadonlySet<PersonalKind>>> = {
  review: new Set(),
  question: new Set(),
  chat: new Set(["order_code"]),
};

/** The buyer's personal values that no reply in this channel may repeat; without surnames, which the guardrails check themselves. */
export const unrepeatable = (personal: readonly PersonalWord[], channel: Channel): readonly string[] =>
  personal.filter(({ kind }) => kind !== "surname" && !mayReturn[channel].has(kind)).map(({ text }) => text);

/** Puts back the values that the channel may repeat; other placeholders stay, and the guardrails find them. */
export const restored = (answer: DraftAnswer, mask: Mask, channel: Channel): DraftAnswer => ({
  ...answer,
  text: mask.restore(answer.text, mayReturn[channel]),
});

/**
 * Makes an answer that people may see: no placeholder in the reply, the kind's name for each one in the notes to the operator. Throws
 * `model_invalid_answer` if nothing of the reply would remain.
 */
export function withoutTraces(answer: DraftAnswer): DraftAnswer {
  const text = withoutPlaceholders(answer.text);
  if (!/[\p{L}\p{N}]/u.test(text)) {
    throw new ModelError("The model's answer is nothing but hidden personal data", {
      code: "model_invalid_answer",
      retryable: true,
    });
  }
  // Every note by its name, so that a note that is added later is not forgotten.
  const notes = Object.entries(answer)
    .filter(([name]) => name.endsWith("_reason"))
    .map(([name, note]) => [name, typeof note === "string" ? namedPlaceholders(note) : note] as const);
  return { ...answer, ...Object.fromEntries(notes), text };
}
