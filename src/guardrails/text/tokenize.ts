import { type Normalized, normalize } from "./normalize.ts";
import { beginningOf } from "./word-forms.ts";

/** One word of a folded text. */
export interface Word {
  readonly text: string;
  /** Offsets in the folded text. */
  readonly start: number;
  readonly end: number;
  /** Counts the text's sentences. */
  readonly sentence: number;
  /** Counts the parts between commas, colons, brackets and the like; grows with each sentence, too. */
  readonly clause: number;
  /** Begins with a capital letter in the original. */
  readonly isCapital: boolean;
}

/** A text taken apart for the rules: words in their order, and where each of them stands. */
export interface Tokens {
  readonly folded: Normalized;
  readonly words: readonly Word[];
  /** Positions of the words that are exactly this. */
  readonly at: ReadonlyMap<string, readonly number[]>;
  /** Positions of the words that begin so, see `beginningOf`. */
  readonly beginnings: ReadonlyMap<string, readonly number[]>;
}

const wordPattern = /[\p{L}\p{N}_]+/gu;
const sentenceEnd = /[!?\n]|\.(?![\p{L}\p{N}])/u;
const clauseEnd = /[,:;()]| - /u;

/** Reads a text; linear in its length. */
export function tokenize(original: string): Tokens {
  const folded = normalize(original);
  const words: Word[] = [];
  const at = new Map<string, number[]>();
  const beginnings = new Map<string, number[]>();
  let [sentence, clause, last] = [0, 0, 0];
  for (const { 0: text, index } of folded.text.matchAll(wordPattern)) {
    const gap = folded.text.slice(last, index + 1);
    if (sentenceEnd.test(gap)) {
      sentence += 1;
      clause += 1;
    } else if (clauseEnd.test(gap)) clause += 1;
    last = index + text.length;
    const isCapital = /\p{Lu}/u.test(folded.original.charAt(folded.starts[index] as number));
    note(at, text, words.length);
    note(beginnings, beginningOf(text), words.length);
    words.push({ text, start: index, end: last, sentence, clause, isCapital });
  }
  return { folded, words, at, beginnings };
}

function note(map: Map<string, number[]>, key: string, position: number): void {
  const positions = map.get(key);
  if (positions === undefined) map.set(key, [position]);
  else positions.push(position);
}
