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

/** The earlier one names what several of them find at one place. */
const rules: readonly Rule[] = [email, card, phone, spokenPhone, orderCode, passport, inn, address, surname];

/** Nobody in particular: what is found is found by its look. */
export const nobody: KnownPerson = { surnames: [], orderCode: null };

/** Everything personal in a text, in its order; findings never overlap, and none breaks a placeholder up. Pure; never throws. */
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

/** Beside a placeholder, or all around it. */
const isApart = (finding: Finding, placeholder: { start: number; end: number }): boolean =>
  finding.end <= placeholder.start ||
  finding.start >= placeholder.end ||
  (finding.start < placeholder.start && finding.end > placeholder.end);

/** Findings that overlap become one: a piece that the shorter one leaves over would tell the rest. */
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
