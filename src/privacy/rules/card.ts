import { follows, isAmount } from "../context.ts";
import type { Finding, Rule } from "../finding.ts";
import { passesLuhn } from "../numbers.ts";

const run = /(?<![0-9])[0-9](?:[ ._-]{0,2}[0-9]){14,60}(?![0-9])/gu;
const lengths = [19, 18, 16, 15] as const;
const cardWord = /(?<!\p{L})карт\p{L}{1,3}[^0-9\n]{0,20}$/iu;

/** Finds bank cards: 15 to 19 digits that pass Luhn's check, or 16 digits after the word for a card. */
export const card: Rule = ({ text }) => [...text.matchAll(run)].flatMap((match) => cardsIn(text, match));

function cardsIn(text: string, match: RegExpExecArray): Finding[] {
  const places = [...match[0].matchAll(/[0-9]/g)].map((digit) => match.index + digit.index);
  const isStart = (n: number): boolean => n === 0 || (places[n] as number) - (places[n - 1] as number) > 1;
  const isEnd = (n: number): boolean => n === places.length || isStart(n);
  const found: Finding[] = [];
  for (let from = 0; from < places.length; from += 1) {
    if (!isStart(from)) continue;
    const length = lengths.find(
      (some) => from + some <= places.length && isEnd(from + some) && isCard(text, places, from, some),
    );
    if (length === undefined) continue;
    const start = places[from] as number;
    const end = (places[from + length - 1] as number) + 1;
    found.push({ kind: "card", start, end, key: text.slice(start, end).replaceAll(/[^0-9]/g, "") });
    from += length - 1;
  }
  return found;
}

function isCard(text: string, places: readonly number[], from: number, length: number): boolean {
  const start = places[from] as number;
  const end = (places[from + length - 1] as number) + 1;
  const digits = text.slice(start, end).replaceAll(/[^0-9]/g, "");
  if (!/^[2-6]/.test(digits) || isAmount(text, end)) return false;
  return passesLuhn(digits) || (length === 16 && follows(text, start, cardWord)); // a mistyped card is still nearly a card
}
