import { tokenize } from "./text/tokenize.ts";

/** Words that a draft may say because the product or the seller's own rules say them. */
export interface Facts {
  /** True if the facts contain a normalized word in any form. */
  readonly has: (word: string) => boolean;
  /** True if the facts contain exactly this word. */
  readonly hasExactly: (word: string) => boolean;
}

const shortestStem = 3;

/** Collects the words of some texts. Two forms count as one word if they differ only in the ending. */
export function factsOf(texts: readonly (string | null)[]): Facts {
  const words = new Set<string>();
  for (const text of texts) for (const word of tokenize(text ?? "").words) words.add(word.text);
  const byHead = Map.groupBy(words, (word) => word.slice(0, shortestStem));
  return {
    hasExactly: (word) => words.has(word),
    has: (word) =>
      words.has(word) ||
      (byHead.get(word.slice(0, shortestStem)) ?? []).some((other) => sameWord(word, other)),
  };
}

function sameWord(left: string, right: string): boolean {
  if (/\d/u.test(left) || /\d/u.test(right)) return left === right;
  const shorter = Math.min(left.length, right.length);
  if (Math.max(left.length, right.length) - shorter > 4) return false;
  const needed = Math.max(shortestStem, shorter - 2);
  return left.slice(0, needed) === right.slice(0, needed);
}
