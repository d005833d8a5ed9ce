import { follows, isArticle } from "../context.ts";
import type { Finding, Rule } from "../finding.ts";
import { digitLike as d, digitsOf, grouping, realDigits } from "../numbers.ts";

const gap = String.raw`[ \t.·•()/\\_-]{0,3}`;
const run = (count: string): string => `${d}(?:${gap}${d}){${count}}`;

const russian = new RegExp(String.raw`(?<![0-9+])(\+\s?[7]|[78])${gap}(${run("9")})(?![0-9])`, "gu");
const bare = new RegExp(String.raw`(?<![0-9+])\(?${run("9")}(?![0-9])`, "gu");
const foreign = new RegExp(
  String.raw`(?<![0-9])(?:\+\s?|00(?=375|380|998|996|99[2-5]|374|373|37[0-2]|49|1))[1-9](?:${gap}[0-9]){9,14}(?![0-9])`,
  "gu",
);
const neighbour =
  /(?<![0-9+])(?:375|380|998|996|99[2-5]|374)[ (-]{0,2}[0-9]{2,3}[ )-]{1,2}[0-9]{2,3}[ -]?[0-9]{2}[ -]?[0-9]{2,3}(?![0-9])|(?<![0-9+])(?:375(?:25|29|33|44)|380[3-9][0-9])[0-9]{7}(?![0-9])/gu;
const short =
  /(?<![0-9-])(?:[0-9]{3}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{3}-[0-9]{4})(?![0-9-])/gu;

/** The usual groups of the ten digits after +7 or 8. */
const usualGroups: ReadonlySet<string> = new Set(
  [
    "10",
    "3-7",
    "3-3-4",
    "3-3-2-2",
    "3-2-2-3",
    "3-2-3-2",
    "3-4-3",
    "3-5-2",
    "4-6",
    "4-2-2-2",
    "4-3-3",
    "5-5",
    "5-1-2-2",
    "6-4",
    "3-1-2-2-2",
    "3-2-5",
    "2-2-2-2-2",
  ].concat("1-1-1-1-1-1-1-1-1-1"),
);
const phoneWord =
  /(?<!\p{L})(?:тел|телефон\p{L}{0,2}|номер\p{L}{0,2}(?: телефона)?|звонит[еь]|звони|позвонит[еь]|перезвонит[еь]|набрать|наберите|связь|whats ?app|вотсап\p{L}?|ватсап\p{L}?|вацап\p{L}?|viber|вайбер\p{L}?|городской|домашний|рабочий)[^0-9\n]{0,20}$/iu;
const orderWord =
  /(?<!\p{L})(?:заказ\p{L}{0,3}|трек\p{L}*|накладн\p{L}+|отправлени\p{L}+|инн)[^0-9\n]{0,12}$/iu;

/** Finds phones: Russian ones with +7, 8 or neither, foreign ones, and short ones after a word for phone. */
export const phone: Rule = ({ text }) =>
  [
    ...matches(text, russian).filter(({ value }) => isRussian(value)),
    ...matches(text, bare).filter(({ value, start }) => isBare(text, value, start)),
    ...matches(text, foreign),
    ...matches(text, neighbour),
    ...matches(text, short).filter(({ start }) => follows(text, start, phoneWord)),
  ].map(
    ({ value, start }) =>
      ({ kind: "phone", start, end: start + value.length, key: keyOf(value) }) satisfies Finding,
  );

const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => ({ value: match[0], start: match.index }));

/** Area codes of +7 begin with 3, 4, 6, 7, 8 or 9; with many confusable letters the value is a word. */
function isRussian(value: string): boolean {
  const groups = grouping(value.replace(/^\+\s?/, ""));
  const whole = groups
    .replace(/^1-/, "")
    .replace(/^(\d+)/, (first) => (groups.startsWith("1-") ? first : String(Number(first) - 1)));
  return (
    /^[78][346789]/.test(digitsOf(value)) &&
    realDigits(value) >= 6 &&
    !/\p{L}{4}/u.test(value) &&
    (value.startsWith("+") || value.includes("(") || usualGroups.has(whole))
  );
}

/** Without +7 or 8 only mobile numbers, and codes in brackets, differ from other numbers. */
function isBare(text: string, value: string, start: number): boolean {
  if (realDigits(value) < 9 || isArticle(text, start) || follows(text, start, orderWord)) return false;
  const groups = grouping(value);
  if (value.startsWith("(")) return /^\([3489][0-9]{2}\)/.test(value);
  return digitsOf(value).startsWith("9") && ["10", "3-7", "3-3-4", "3-3-2-2", "3-2-2-3"].includes(groups);
}

/** A number has one key with +7, with 8 and with neither. */
function keyOf(value: string): string {
  const digits = digitsOf(value).replace(/^00/, "");
  return digits.length === 11 && /^[78]/.test(digits) ? digits.slice(1) : digits;
}
