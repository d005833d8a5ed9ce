import { doubtfulNames, firstNames } from "./first-names.ts";

const token = /^\p{Script=Cyrillic}+(?:-\p{Script=Cyrillic}+)*\.?$/u;
const initials = /^\p{L}\.?$|^(?:\p{L}\.){1,2}\p{L}?$/u;
const patronymic = /(?:[оеё]вич|[оеё]вна|[иы]нична|ична|ьич|мич|кич|тич)$/u;
const sonOf = /^(?:оглы|кызы|улы|гызы)$/u;
const surname =
  /(?:[оеё]ва?|[иы]на?|ск(?:ий|ая|ой)|цк(?:ий|ая|ой)|[ыи]х|[ео]нко|[ую]к|ч[еу]к|[ая]к|[оеё]вич|[яа]н|дзе|швили|[уе]ц|ник|шкин)$/u;
const maxLength = 24;

/**
 * The buyer's first name for a greeting («Анна»), from the stored name: "Фамилия Имя Отчество", "Имя",
 * "Имя Фамилия", "Имя Ф.". null if not certain: nicknames, Latin letters, digits, unknown names.
 */
export function firstNameOf(customerName: string | null): string | null {
  if (typeof customerName !== "string" || customerName.length > 200) return null;
  const words = customerName
    .normalize("NFC")
    .replace(/[\s,\u200b-\u200d\u2060\ufeff]+/gu, " ")
    .trim()
    .split(" ");
  if (words.length > 5 || !words.every((word) => token.test(word) || initials.test(word))) return null;
  const whole = words.filter((word) => !initials.test(word)).map(normalize);
  const found = whole.length === 1 ? loneName(whole) : (beforePatronymic(whole) ?? besideSurname(whole));
  if (found === null) return null;
  const original = words.find((word) => normalize(word) === found) ?? found;
  return original.length > maxLength ? null : titleCase(original.replace(/\.$/u, ""));
}

function loneName([only]: readonly string[]): string | null {
  return only !== undefined && isName(only) ? only : null;
}

/** A patronymic shows the order of the words: the name stands right before it. */
function beforePatronymic(words: readonly string[]): string | null {
  const son = words.findIndex((word) => sonOf.test(word));
  const at = son > 1 ? son - 1 : words.findIndex((word, index) => index > 0 && patronymic.test(word));
  const candidate = words[at - 1];
  if (candidate === undefined || words.length > 4) return null;
  if (isName(candidate)) return candidate;
  const before = words[at - 2];
  const isMiddle = before !== undefined && surname.test(before) && !isName(before);
  return isMiddle && !surname.test(candidate) && candidate.length > 2 ? candidate : null;
}

function besideSurname(words: readonly string[]): string | null {
  if (words.length !== 2) return null;
  const [name, ...more] = words.filter(isName);
  if (name === undefined || more.length > 0) return null;
  const other = words.find((word) => word !== name);
  if (other === undefined) return null;
  return doubtfulNames.has(name) && !surname.test(other) ? null : name;
}

function isName(word: string): boolean {
  return word.split("-").every((part) => firstNames.has(part));
}

function normalize(word: string): string {
  return word.toLowerCase().replaceAll("ё", "е").replace(/\.$/u, "");
}

function titleCase(word: string): string {
  return word
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join("-");
}
