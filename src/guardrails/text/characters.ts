const letter = /\p{L}/u;
const word = /[\p{L}\p{N}_]/u;

/** Tells whether a character is a Russian letter but ё, an ASCII letter or a digit: almost all of a draft is, and needs no other test. */
export function isPlain(char: string): boolean {
  const code = char.charCodeAt(0);
  return (
    (code >= 0x410 && code <= 0x44f) ||
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    isDigit(code)
  );
}

/** Tells whether a character is a letter of any script. */
export function isLetter(char: string): boolean {
  if (isPlain(char)) return !isDigit(char.charCodeAt(0));
  return char.charCodeAt(0) > 127 && letter.test(char);
}

/** Tells whether a character is a letter, a digit or an underscore; false for an empty text. */
export function isWordPart(char: string): boolean {
  return isPlain(char) || char === "_" || (char.charCodeAt(0) > 127 && word.test(char));
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
