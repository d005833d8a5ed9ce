import { omission, shortened } from "./text.ts";

/** Counts a text's tokens, or a little more. */
export type CountTokens = (text: string) => number;

/** A run of letters takes the tokenizer time that grows with its square, so it never sees more than this. */
const chunk = 400;

/**
 * Loads o200k, whose counts are near enough for every provider's budget. Texts are counted in pieces: a long one costs what its
 * length costs, and what looks like a special token is text.
 */
export async function loadTokenCounter(): Promise<CountTokens> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const plain = { disallowedSpecial: new Set<string>() };
  return (text) => {
    let count = 0;
    for (let at = 0; at < text.length; at += chunk) count += countTokens(text.slice(at, at + chunk), plain);
    return count;
  };
}

/** A text of at most so many tokens: two thirds of them from its head, one from its tail, with a mark between. */
export function cutToTokens(text: string, most: number, count: CountTokens): string {
  if (text.length <= most || count(text) <= most) return text; // a token is a character at least, but for rare ones
  let [low, high] = [0, text.length];
  let best = omission.trim();
  while (low < high) {
    const length = Math.ceil((low + high) / 2);
    const tail = Math.floor(length / 3);
    const cut = shortened(text, { head: length - tail, tail });
    if (length < text.length && count(cut) <= most) {
      best = cut;
      low = length;
    } else high = length - 1;
  }
  return best;
}
