import { isWordPart } from "./characters.ts";

/** One character during normalization, and its place in the original. */
export interface Unit {
  char: string;
  readonly start: number;
  end: number;
}

/** Cyrillic for Latin: letters before the bar look alike, people type the others as substitutes. */
const latin = "abcehkmoptxy|iunrdgvwzslf3460";
const cyrillic = "авсенкмортху|иипгддвшззлфзчбо";
const greek = "αβγδεζηικλμνοπρτυφχκ";
const greekAsCyrillic = "авгдезниклмнопртуфхк";

const [alikeLatin] = latin.split("|") as [string];
const [alikeCyrillic] = cyrillic.split("|") as [string];
const toCyrillic = new Map([
  ...pairs(latin, cyrillic),
  ...pairs(greek, greekAsCyrillic),
  ["і", "и"],
  ["ї", "и"],
]);
const toLatin = new Map(pairs(alikeCyrillic, alikeLatin));

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((char, index) => [char, to[index] as string]);
}

const isCyrillic = /\p{Script=Cyrillic}/u;
const isForeign = /[\p{Script=Latin}\p{Script=Greek}]/u;
const fewestForDigits = 4;

/** Gives each word of mixed scripts one script: Latin for a Latin word with a few Cyrillic confusables, Cyrillic for any other. */
export function inOneScript(units: Unit[]): Unit[] {
  for (let at = 0; at < units.length; at += 1) {
    if (!isWordPart(units[at]?.char ?? "")) continue;
    const first = at;
    while (isWordPart(units[at + 1]?.char ?? "")) at += 1;
    unify(units.slice(first, at + 1));
  }
  return units;
}

const isPureRussian = (word: readonly Unit[]): boolean =>
  word.every(({ char }) => char >= "А" && char <= "я");

function unify(word: readonly Unit[]): void {
  if (isPureRussian(word)) return;
  const chars = word.map(({ char }) => char.toLowerCase());
  const ours = chars.filter((char) => isCyrillic.test(char));
  if (ours.length === 0) return;
  const foreign = chars.filter((char) => isForeign.test(char));
  const digits = ours.length >= fewestForDigits && isCyrillic.test(chars[0] as string);
  if (foreign.length > 0 && isLatinInDisguise(ours, foreign)) {
    rewrite(word, chars, toLatin, () => true);
  } else if (foreign.length > 0 || digits) {
    const isInside = (at: number) =>
      isCyrillic.test(chars[at - 1] ?? "") && isCyrillic.test(chars[at + 1] ?? "");
    rewrite(word, chars, toCyrillic, (char, at) => isForeign.test(char) || (digits && isInside(at)));
  }
}

/** A letter without its accent. */
const bare = (char: string): string => char.normalize("NFD").charAt(0);

function isLatinInDisguise(ours: readonly string[], foreign: readonly string[]): boolean {
  return ours.every((char) => toLatin.has(char)) && foreign.some((char) => !alikeLatin.includes(bare(char)));
}

function rewrite(
  word: readonly Unit[],
  chars: readonly string[],
  table: ReadonlyMap<string, string>,
  applies: (char: string, at: number) => boolean,
): void {
  word.forEach((unit, at) => {
    const char = chars[at] as string;
    const other = table.get(char) ?? table.get(bare(char));
    if (other !== undefined && (applies(char, at) || "ії".includes(char))) unit.char = other;
  });
}
