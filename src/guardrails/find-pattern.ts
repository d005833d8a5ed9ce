import { type CheckInput, type Span, spanBetween } from "./check-input.ts";
import { normalize } from "./text/normalize.ts";

/** Finds a pattern in the normalized draft. The pattern needs the flag `g` and an upper bound on every repetition. */
export function findPattern(
  on: CheckInput,
  pattern: RegExp,
  isExcused: (text: string, at: number) => boolean = () => false,
): Span[] {
  return [...on.draft.normalized.text.matchAll(pattern)]
    .filter(({ 0: text, index }) => !isExcused(text, index))
    .map(({ 0: text, index }) => spanBetween(on.draft, index, index + text.length));
}

/** The seller's own rules and signature, normalized. */
export const ownText = ({ subject }: CheckInput): string =>
  normalize(`${subject.ownRules ?? ""}\n${subject.signature ?? ""}`).text;

/** The digits of a text. */
export const digitsOf = (text: string): string => text.replaceAll(/\D/gu, "");
