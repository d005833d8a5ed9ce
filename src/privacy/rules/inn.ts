import { follows, isArticle } from "../context.ts";
import type { Rule } from "../finding.ts";

const number = /(?<![0-9])(?:[0-9]{12}|[0-9]{10})(?![0-9])/gu;
const spaced = /(?<=(?<!\p{L})инн[^0-9\n]{0,25})[0-9](?:[ -]?[0-9]){9,11}(?![0-9])/giu;
const word = /(?<!\p{L})инн[^0-9\n]{0,25}$/iu;

/** Finds taxpayer numbers of 10 and 12 digits: by their check digits, or by the word before them. */
export const inn: Rule = ({ text }) =>
  [
    ...[...text.matchAll(number)].filter(
      (match) => follows(text, match.index, word) || (isInn(match[0]) && !isArticle(text, match.index)),
    ),
    ...[...text.matchAll(spaced)].filter((match) =>
      [10, 12].includes(match[0].replaceAll(/[ -]/g, "").length),
    ),
  ].map((match) => ({
    kind: "inn",
    start: match.index,
    end: match.index + match[0].length,
    key: match[0].replaceAll(/[ -]/g, ""),
  }));

const weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8] as const;

/** Tells whether the check digits are right. The first two digits are a region, and 00 is none. */
function isInn(digits: string): boolean {
  if (digits.startsWith("00")) return false;
  const check = (length: number): boolean => {
    const used = weights.slice(weights.length - length);
    const sum = used.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
    return (sum % 11) % 10 === Number(digits[length]);
  };
  return digits.length === 10 ? check(9) : check(10) && check(11);
}
