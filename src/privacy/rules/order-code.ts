import { isAmount, literally } from "../context.ts";
import type { Finding, Rule } from "../finding.ts";

const word = String.raw`(?:заказ(?:а|у|е|ом|ы|ов)?|order|трек(?:а|у|ом)?|трек-?(?:номер|код)\p{L}*|трэк\p{L}*|накладн\p{L}+|отправлени\p{L}+|посылк\p{L}+|штрих-?код\p{L}* посылки|код\p{L}* (?:получения|выдачи|для получения)|id)`;
const link = String.raw`(?:[ \t]*(?:номер\p{L}{0,2}|ном\.|n|no|id|код|[№#:.,()"«-]|под|за|с номером|is|number))*[ \t]*`;
const code = `(?:[0-9]{4,}(?:-[0-9]+)*|[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*)`;
const named = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])${word}${link}(${code})(?![\p{L}\p{N}]|[.,][0-9])`,
  "dgiu",
);
/** Ozon's format. */
const dashed = /(?<![0-9-])[0-9]{8,11}-[0-9]{4}(?:-[0-9]{1,3})?(?![0-9-])/gu;
const date =
  /^(?:[0-3]?[0-9][./-][01]?[0-9][./-](?:20)?[0-9]{2}|20[0-9]{2}(?:[./-][01][0-9][./-][0-3][0-9])?)$/;

/** Finds codes of orders, parcels and pick-ups: after their word, in Ozon's format, and the row's own code. */
export const orderCode: Rule = ({ text }, { orderCode: known }) => [
  ...[...text.matchAll(named)].flatMap((match) => {
    const [start, end] = match.indices?.[1] ?? [0, 0];
    return isCode(text, match[1] as string, end) ? [finding(text, start, end)] : [];
  }),
  ...[...text.matchAll(dashed)].map((match) => finding(text, match.index, match.index + match[0].length)),
  ...occurrences(text, known),
];

/** Needs five digits, or exactly four after a word for pick-up; an amount or a date is no code. */
function isCode(text: string, value: string, end: number): boolean {
  const digits = value.match(/[0-9]/g)?.length ?? 0;
  if (date.test(value) || isAmount(text, end)) return false;
  return (
    digits >= 5 ||
    (digits === 4 &&
      /^[0-9]{4}$/.test(value) &&
      /(?:получения|выдачи)/iu.test(text.slice(Math.max(0, end - 40), end)))
  );
}

/** Every place of the known code; a code under five characters is left out, because it could be any number. */
function occurrences(text: string, known: string | null): Finding[] {
  if (known === null || known.length < 5) return [];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${literally(known)}(?![\\p{L}\\p{N}])`, "giu");
  return [...text.matchAll(pattern)].map((match) =>
    finding(text, match.index, match.index + match[0].length),
  );
}

const finding = (text: string, start: number, end: number): Finding => ({
  kind: "order_code",
  start,
  end,
  key: text.slice(start, end).toLowerCase(),
});
