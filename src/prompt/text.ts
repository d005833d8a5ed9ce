/** Characters that steer how a text is shown and are not seen: direction, zero width, tags. A joiner between emoji stays. */
const invisible =
  /(?![\u200d\ufe0f])\p{Default_Ignorable_Code_Point}|(?!\u200d)\p{Cf}|(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|[^\P{Cc}\n\t]/gu;
/** What could pass for the marks around data, in any of its look-alikes. */
const angles = /[<>＜＞‹›〈〉⟨⟩《》≪≫❮❯︿﹤﹥]{2,}/gu;
/** What some models take for the end of a message. */
const specialToken = /<\||\|>/g;

/**
 * A text of somebody else's as it may stand in a prompt: well-formed, without control and invisible characters, and without anything
 * that could end its fence.
 */
export function harmless(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\r\n", "\n")
    .replaceAll(invisible, "")
    .replaceAll(angles, "…")
    .replaceAll(specialToken, "…")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

/** Marks a harmless text as data: the marks cannot occur inside it, nor across its edges. */
export const fenced = (text: string): string => `<<<${text.replaceAll(/^<|>$/g, "…")}>>>`;

/** A text as one line. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** Stands where a part of a text was left out. */
export const omission = " […] ";

/** How many characters of a text are kept from its beginning and from its end. */
export interface Room {
  readonly head: number;
  readonly tail: number;
}

/**
 * A text cut to its head and its tail. No word and no number is cut in two: half of a phone would be found by nobody. Costs the same
 * for a text of any length.
 */
export function shortened(text: string, { head, tail }: Room): string {
  if (text.length <= head + tail) return text;
  const first = text.slice(0, head).toWellFormed();
  const last = text.slice(text.length - tail).toWellFormed();
  return `${withoutBrokenEnd(first)}${omission}${withoutBrokenBeginning(last)}`.trim();
}

const longestBroken = 200;

/** Takes off a word that the cut broke, and a number before it. */
function withoutBrokenEnd(text: string): string {
  const end = text.slice(-longestBroken).match(/(?:[^\p{L}]*[\p{Nd}][^\p{L}]*)?\S*$/u)?.[0].length ?? 0;
  return text.slice(0, text.length - end);
}

function withoutBrokenBeginning(text: string): string {
  const end = text.slice(0, longestBroken).match(/^\S*(?:[^\p{L}]*[\p{Nd}][^\p{L}]*)?/u)?.[0].length ?? 0;
  return text.slice(end);
}
