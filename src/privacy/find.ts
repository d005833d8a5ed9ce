import type { Finding, KnownPerson, Rule } from "./finding.ts";
import { placeholders } from "./placeholders.ts";
import { plainOf } from "./plain.ts";
import { address } from "./rules/address.ts";
import { card } from "./rules/card.ts";
import { email } from "./rules/email.ts";
import { inn } from "./rules/inn.ts";
import { orderCode } from "./rules/order-code.ts";
import { passport } from "./rules/passport.ts";
import { phone } from "./rules/phone.ts";
import { spokenPhone } from "./rules/spoken-phone.ts";
import { surname } from "./rules/surname.ts";

/** If several rules find something at one place, the first one names it. */
const rules: readonly Rule[] = [email, card, phone, spokenPhone, orderCode, passport, inn, address, surname];

/** For a text without a known buyer: values are found by their form alone. */
export const nobody: KnownPerson = { surnames: [], orderCode: null };

/** Finds everything personal in a text, in order. Findings never overlap, and none splits a placeholder. Pure; never throws. */
export function findPersonal(text: string, known: KnownPerson = nobody): readonly Finding[] {
  const plain = plainOf(text);
  const hidden = [...text.matchAll(placeholders())].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  const found = rules
    .flatMap((rule) => rule(plain, known))
    .map((finding) => ({ ...finding, ...plain.origin(finding.start, finding.end) }))
    .filter((finding) => hidden.every((placeholder) => isApart(finding, placeholder)));
  return merged(found, text);
}

/** True beside a placeholder, or all around it. */
const isApart = (finding: Finding, placeholder: { start: number; end: number }): boolean =>
  finding.end <= placeholder.start ||
  finding.start >= placeholder.end ||
  (finding.start < placeholder.start && finding.end > placeholder.end);

/** Joins overlapping findings, because what the shorter one leaves over would give the rest away. */
function merged(found: readonly Finding[], text: string): Finding[] {
  const sorted = found.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  for (const finding of sorted) {
    const last = kept.at(-1);
    if (last === undefined || finding.start >= last.end) kept.push(finding);
    else if (finding.end > last.end) {
      kept[kept.length - 1] = {
        ...last,
        end: finding.end,
        key: text.slice(last.start, finding.end).toLowerCase(),
      };
    }
  }
  return kept;
}
