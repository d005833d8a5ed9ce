import { type Normalized, normalize } from "./normalize.ts";
import { beginningOf } from "./word-forms.ts";

/** One word of a normalized text. */
export interface Word {
  readonly text: string;
  /** Offsets in the normalized text. */
  readonly start: number;
  readonly end: number;
  /** The number of the word's sentence. */
  readonly sentence: number;
  /** The number of the word's clause: a part between commas, colons, brackets and the like. A new sentence begins a new clause. */
  readonly clause: number;
  /** True if the word begins with a capital letter in the original. */
  readonly isCapital: boolean;
}

/** A text's words in order, with indexes of their positions. */
export interface Tokens {
  readonly normalized: Normalized;
  readonly words: readonly Word[];
  /** Positions by word. */
  readonly at: ReadonlyMap<string, readonly number[]>;
  /** Positions by a word's beginning, see `beginningOf`. */
  readonly beginnings: ReadonlyMap<string, readonly number[]>;
}

const wordPattern = /[\p{L}\p{N}_]+/gu;
const sentenceEnd = /[!?\n]|\.(?![\p{L}\p{N}])/u;
const clauseEnd = /[,:;()]| - /u;

/** Splits a text into words; takes time linear in its length. */
export function tokenize(original: string): Tokens {
  const normalized = normalize(original);
  const words: Word[] = [];
  const at = new Map<string, number[]>();
  const beginnings = new Map<string, number[]>();
  let [sentence, clause, last] = [0, 0, 0];
  for (const { 0: text, index } of normalized.text.matchAll(wordPattern)) {
    const gap = normalized.text.slice(last, index + 1);
    if (sentenceEnd.test(gap)) {
      sentence += 1;
      clause += 1;
    } else if (clauseEnd.test(gap)) clause += 1;
    last = index + text.length;
    const isCapital = /\p{Lu}/u.test(normalized.original.charAt(normalized.starts[index] as number));
    note(at, text, words.length);
    note(beginnings, beginningOf(text), words.length);
    words.push({ text, start: index, end: last, sentence, clause, isCapital });
  }
  return { normalized, words, at, beginnings };
}

function note(map: Map<string, number[]>, key: string, position: number): void {
  const positions = map.get(key);
  if (positions === undefined) map.set(key, [position]);
  else positions.push(position);
}
