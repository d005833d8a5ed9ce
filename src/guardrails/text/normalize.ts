import { isLetter as isLetterChar, isPlain, isWordPart } from "./characters.ts";
import { inOneScript, type Unit } from "./confusables.ts";

/** A text made comparable, and the way back: unit `i` of `text` came from `original.slice(starts[i], ends[i])`. */
export interface Normalized {
  readonly original: string;
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const invisible = /\p{Cf}|\p{Cc}|\p{Default_Ignorable_Code_Point}/u;
const combining = /\p{M}/u;
const space = /\s/u;
/** Disguised letters: full-width, mathematical, circled. */
const costume = /[\uff01-\uff5e\u24b6-\u24e9\u{1d400}-\u{1d7ff}\u{1f130}-\u{1f149}]/u;
const dash = /[\p{Pd}\u2212]/u;
const quote = /[«»„“”‟"]/u;

/**
 * Makes spellings of one word equal: lower case, е for ё, one kind of space, dash and quotation mark, no invisible characters, no
 * accents, confusables in the script of their word, «с к и д к а» in one piece. Never throws.
 */
export function normalize(original: string): Normalized {
  const units = gluedLetters(inOneScript(unitsOf(original)));
  const pieces: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { char, start, end } of units) {
    const small = char >= "а" && char <= "я" ? char : char.toLowerCase().replace("ё", "е");
    pieces.push(small);
    for (let unit = 0; unit < small.length; unit += 1) {
      starts.push(start);
      ends.push(end);
    }
  }
  return { original, text: pieces.join(""), starts, ends };
}

function unitsOf(original: string): Unit[] {
  const units: Unit[] = [];
  let at = 0;
  for (const char of original) {
    const start = at;
    at += char.length;
    if (isPlain(char)) units.push({ char, start, end: at });
    else if (space.test(char)) pushSpace(units, char, start, at);
    else if (invisible.test(char)) continue;
    else if (combining.test(char)) compose(units.at(-1), char, at);
    else units.push({ char: plain(char), start, end: at });
  }
  return units;
}

/** White space becomes one space, or one new line if it contains one. */
function pushSpace(units: Unit[], char: string, start: number, end: number): void {
  const last = units.at(-1);
  const isLine = char === "\n";
  if (last !== undefined && (last.char === " " || last.char === "\n")) {
    last.end = end;
    if (isLine) last.char = "\n";
  } else units.push({ char: isLine ? "\n" : " ", start, end });
}

/** «й» may come as two characters and is one letter; any other mark is dropped. */
function compose(last: Unit | undefined, mark: string, end: number): void {
  if (last === undefined) return;
  if (mark === "\u0306" && /[ии]/iu.test(last.char)) last.char = last.char === "И" ? "Й" : "й";
  last.end = end;
}

function plain(char: string): string {
  if (dash.test(char)) return "-";
  if (quote.test(char)) return '"';
  if (char === "…") return ".";
  return costume.test(char) ? char.normalize("NFKC") : char;
}

const between = /[ .\-_*·]/u;
const fewestGlued = 4;

/** Joins four or more single letters in a row: «с к и д к а», «п.р.о.м.о». */
function gluedLetters(units: readonly Unit[]): readonly Unit[] {
  const isLetter = (at: number): boolean => isLetterChar(units[at]?.char ?? "");
  const isWord = (at: number): boolean => isWordPart(units[at]?.char ?? "");
  const kept: Unit[] = [];
  for (let at = 0; at < units.length; at += 1) {
    let last = at;
    if (isLetter(at) && !isWord(at - 1)) {
      while (!isWord(last + 1) && between.test(units[last + 1]?.char ?? "") && isLetter(last + 2)) last += 2;
      if (isWord(last + 1)) last -= 2; // the last letter found begins a longer word
    }
    if ((last - at) / 2 + 1 >= fewestGlued) {
      for (; at < last; at += 2) kept.push(units[at] as Unit);
    }
    kept.push(units[at] as Unit);
  }
  return kept;
}
