/** A text as the rules read it, with each character's place in the original. */
export interface Plain {
  readonly text: string;
  /** The range in the original for a range of the plain text. */
  origin(start: number, end: number): { readonly start: number; readonly end: number };
}

const ordinary = /^[\t\n\r -~А-Яа-яЁё«»№–—…₽]*$/u;
/** Invisible marks on or between letters: accents, zero-width, direction, variation. */
const unseen = /[\p{Mn}\p{Me}\p{Cf}\u115f\u1160\u3164\uffa0]/u;
const dash = /[\p{Pd}\u2212\u00ad]/u;
const space = /[\p{Zs}]/u;

/**
 * Removes disguises from a text: no invisible characters, 0–9 for every script's digits, plain dashes and spaces. Letters stay as
 * they are.
 */
export function plainOf(text: string): Plain {
  if (ordinary.test(text)) {
    return { text: text.replaceAll(/[–—]/g, "-"), origin: (start, end) => ({ start, end }) };
  }
  const characters: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    for (const unit of simple(character).split("")) {
      characters.push(unit);
      starts.push(at);
      ends.push(end);
    }
    at = end;
  }
  return {
    text: characters.join(""),
    origin: (start, end) => ({
      start: starts[start] ?? at,
      end: end > start ? (ends[end - 1] ?? at) : (starts[start] ?? at),
    }),
  };
}

/** One character as UTF-16 units of the plain text; empty if invisible. */
function simple(character: string): string {
  if (character <= "~") return character;
  if (dash.test(character)) return "-";
  if (unseen.test(character)) return "";
  if (space.test(character)) return " ";
  const normalized = character.normalize("NFKC");
  const whole = normalized.length === 1 ? normalized : character;
  return /\p{Nd}/u.test(whole) ? String(digitValue(whole)) : whole;
}

/** Unicode's digits come in tens: the value is the distance down to the zero. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) as number;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return code - zero;
}
