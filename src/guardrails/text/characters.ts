const letter = /\p{L}/u;
const word = /[\p{L}\p{N}_]/u;

/** Whether a character is one of Russian's, ASCII's letters or digits; almost all of a draft is, and needs no further look. */
export function isPlain(char: string): boolean {
  const code = char.charCodeAt(0);
  return (
    (code >= 0x410 && code <= 0x44f) ||
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    isDigit(code)
  );
}

/** Whether a character is a letter of any script. */
export function isLetter(char: string): boolean {
  if (isPlain(char)) return !isDigit(char.charCodeAt(0));
  return char.charCodeAt(0) > 127 && letter.test(char);
}

/** Whether a character is a letter, a digit or an underscore; no character at all is none. */
export function isWordPart(char: string): boolean {
  return isPlain(char) || char === "_" || (char.charCodeAt(0) > 127 && word.test(char));
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
