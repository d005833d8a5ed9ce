/** Invisible characters that change how a text is shown: direction, zero width, tags. A joiner between emoji is none of them. */
const invisible =
  /(?![\u200d\ufe0f])\p{Default_Ignorable_Code_Point}|(?!\u200d)\p{Cf}|(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|[^\P{Cc}\n\t]/gu;
/** What could pass for the marks around data, with all confusables. */
const angles = /[<>＜＞‹›〈〉⟨⟩《》≪≫❮❯︿﹤﹥]{2,}/gu;
/** What some models take for the end of a message. */
const specialToken = /<\||\|>/g;

/**
 * Makes a text from outside safe for a prompt: well-formed, without control and invisible characters, and without anything that could
 * end its fence.
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

/** Marks a harmless text as data; the marks cannot occur inside it, nor across its edges. */
export const fenced = (text: string): string => `<<<${text.replaceAll(/^<|>$/g, "…")}>>>`;

/** A text as one line. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** Stands in place of an omitted part. */
export const omission = " […] ";

/** How many characters to keep from a text's beginning and end. */
export interface Room {
  readonly head: number;
  readonly tail: number;
}

/**
 * Cuts a text to its head and its tail. Cuts no word or number in two, because half a phone number would not be recognised. Costs
 * the same for a text of any length.
 */
export function shortened(text: string, { head, tail }: Room): string {
  if (text.length <= head + tail) return text;
  const first = text.slice(0, head).toWellFormed();
  const last = text.slice(text.length - tail).toWellFormed();
  return `${withoutBrokenEnd(first)}${omission}${withoutBrokenBeginning(last)}`.trim();
}

const longestBroken = 200;

/** Removes a word that the cut broke, and a number before it. */
function withoutBrokenEnd(text: string): string {
  const end = text.slice(-longestBroken).match(/(?:[^\p{L}]*[\p{Nd}][^\p{L}]*)?\S*$/u)?.[0].length ?? 0;
  return text.slice(0, text.length - end);
}

function withoutBrokenBeginning(text: string): string {
  const end = text.slice(0, longestBroken).match(/^\S*(?:[^\p{L}]*[\p{Nd}][^\p{L}]*)?/u)?.[0].length ?? 0;
  return text.slice(end);
}
