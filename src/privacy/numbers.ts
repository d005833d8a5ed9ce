const confusables: Readonly<Record<string, string>> = {
  O: "0",
  o: "0",
  О: "0",
  о: "0",
  З: "3",
  з: "3",
  I: "1",
  l: "1",
  І: "1",
  і: "1",
  "|": "1",
  б: "6",
  Ч: "4",
};

/** A digit, or a letter written for one, as part of a regular expression. */
export const digitLike = "[0-9OoОоЗзIlІі|бЧ]";

/** A text's digits; letters that look like a digit count as that digit. */
export function digitsOf(text: string): string {
  return Array.from(text, (character) => confusables[character] ?? character)
    .join("")
    .replaceAll(/[^0-9]/g, "");
}

/** How many real digits a text has. */
export const realDigits = (text: string): number => text.match(/[0-9]/g)?.length ?? 0;

/** The lengths of a number's groups between separators: "916 123-45-67" gives "3-3-2-2". */
export const grouping = (number: string): string =>
  (number.match(new RegExp(`${digitLike}+`, "gu")) ?? []).map((group) => group.length).join("-");

/** Luhn's check, which bank cards pass. */
export function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
