import type { DraftAnswer } from "../domain/answer.ts";
import type { DraftBrief } from "../domain/brief.ts";
import type { Check } from "../guardrails/check.ts";
import { type Instructions, noInstructions } from "../guardrails/instructions.ts";
import type { Subject } from "../guardrails/subject.ts";
import type { Warning } from "../guardrails/warning.ts";
import { firstNameOf } from "../language/first-name.ts";

/** The most findings that are named to the model; a draft with more is wrong as a whole. */
const mostNamed = 8;
const longestPhrase = 80;

/**
 * What the guardrails check a draft for this interaction against. `personal` are the values from the buyer's words that no reply may
 * repeat; `instructions` is the prompt's own part, which no reply may give away.
 */
export function subjectOf(
  brief: DraftBrief,
  personal: readonly string[] = [],
  instructions: Instructions = noInstructions,
): Subject {
  const said = (direction: "in" | "out"): string[] =>
    brief.thread.filter((message) => message.direction === direction).map(({ text }) => text);
  return {
    channel: brief.channel,
    marketplace: brief.marketplace,
    rating: brief.channel === "review" ? brief.rating : null,
    buyerTexts: [brief.subject ?? "", brief.text, ...said("in")].filter((text) => text !== ""),
    sellerTexts: said("out"),
    customerName: brief.customerName,
    firstName: firstNameOf(brief.customerName),
    productName: brief.product.name,
    attributes: brief.product.attributes,
    ownRules: brief.ownRules,
    signature: brief.signature,
    personal,
    instructions,
  };
}

/** The guardrails' findings in a reply as people will see it; `cut`: hidden personal data was removed from it. */
export function reviewOf(text: string, check: Check, cut = false): readonly Warning[] {
  const found = check(text);
  return cut ? [cutWarning(text), ...found] : found;
}

/** A reply with a removed part may read oddly, and its author tried to repeat personal data. */
const cutWarning = (text: string): Warning => ({
  code: "personal_data",
  type: "personal_data",
  severity: "error",
  message: "Из ответа убраны личные данные. Проверьте, что он остался связным.",
  phrase: text,
  start: 0,
  end: text.length,
});

/** An answer's errors, described so that a model can correct them; null if there are none. Warnings are left to the operator. */
export function faultsOf(answer: DraftAnswer, check: Check): string | null {
  const errors = check(answer.text).filter(({ severity }) => severity === "error");
  if (errors.length === 0) return null;
  const named = errors.slice(0, mostNamed).map(({ code, phrase, message }) => {
    const quoted = [...phrase.replaceAll(/\s+/gu, " ")].slice(0, longestPhrase).join("");
    return `- ${code}, «${quoted}»: ${message}`;
  });
  return `the reply in "text" breaks these rules:\n${named.join("\n")}\nWrite the reply anew without them`;
}
