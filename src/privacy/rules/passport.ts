import { follows, isAmount, isArticle } from "../context.ts";
import type { Rule } from "../finding.ts";

const series =
  /(?<![0-9])[0-9]{2}[ -]?[0-9]{2}(?:[ ,:№#-]|номер\p{L}?|ном\.|серия){0,8}[0-9]{3}[ ]?[0-9]{3}(?![0-9])/giu;
const word = /(?<!\p{L})(?:паспорт\p{L}{0,4}|загранпаспорт\p{L}{0,3}|сери[яию])[^0-9\n]{0,40}$/iu;
const foreign = /(?<=(?<!\p{L})загран\p{L}*[^0-9\n]{0,40})[0-9]{2} ?(?:№ ?)?[0-9]{7}(?![0-9])/giu;
/** Two, two and six digits, or four and six, with separators. */
const apart = /^[0-9]{2} [0-9]{2}[ ]?(?:№ ?)?[0-9]{6}$|^[0-9]{4} (?:№ ?)?[0-9]{6}$|^[0-9]{4}[ ,]*номер/iu;

/** Finds passports by series and number: after the word, or with their usual separators. */
export const passport: Rule = ({ text }) =>
  [
    ...[...text.matchAll(series)].filter((match) => {
      const [value] = match;
      if (isArticle(text, match.index)) return false;
      if (follows(text, match.index, word)) return true;
      const isCount = /^(?:19|20)[0-9]{2} |000$/.test(value);
      return apart.test(value) && !isCount && !isAmount(text, match.index + value.length);
    }),
    ...text.matchAll(foreign),
  ].map((match) => ({
    kind: "passport",
    start: match.index,
    end: match.index + match[0].length,
    key: match[0].replaceAll(/[^0-9]/g, ""),
  }));
