import { type CheckInput, type Span, spanOf } from "./check-input.ts";
import type { Match } from "./text/phrases.ts";
import type { Code } from "./warning.ts";

/** One guardrail: pure, and never throws. */
export interface Rule {
  readonly code: Code;
  /** What is wrong and what to do, for the operator, in Russian. */
  readonly message: string;
  readonly find: (on: CheckInput) => readonly Span[];
}

/** The places of a draft's matches, except those that are excused. */
export function spansOf(
  { draft }: CheckInput,
  matches: readonly Match[],
  isExcused: (match: Match) => boolean = () => false,
): Span[] {
  return matches.filter((match) => !isExcused(match)).map((match) => spanOf(draft, match));
}
