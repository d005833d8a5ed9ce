import { omission, shortened } from "./text.ts";

/** Counts a text's tokens, or a little more. */
export type CountTokens = (text: string) => number;

/** The longest piece for the tokenizer: its time grows with the square of a run of letters. */
const chunk = 400;

/**
 * Loads o200k, whose counts are near enough for every provider's budget. Counts a text in pieces, so that the cost grows linearly
 * with its length; what looks like a special token counts as text.
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

/** Cuts a text to at most `most` tokens: two thirds from its head, one third from its tail, with a mark between. */
export function cutToTokens(text: string, most: number, count: CountTokens): string {
  if (text.length <= most || count(text) <= most) return text; // a token has at least one character, with rare exceptions
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
