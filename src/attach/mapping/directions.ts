import { buyerWords, eitherWord, sellerWords } from "../../../db/host/words.ts";
import { showName } from "../names.ts";

/** Who wrote which lines, as far as one column tells. */
export interface DirectionVerdict {
  /** For the mapping, at least one. Empty if nobody can tell. */
  readonly incoming: readonly string[];
  /** No line has shown yet what the buyer's are called. */
  readonly assumed: boolean;
  /** Of two columns that may tell, the one with the higher rank is taken. */
  readonly rank: number;
  /** What the values say, for a person. */
  readonly text: string;
  /** One sentence, if the values can be read either way. */
  readonly doubt?: string;
}

type Counts = Readonly<Record<string, number>>;

/** Reads the values of a column that tells the direction; `given` are those that the operator has named. Pure. */
export function judgeDirection(
  column: string,
  counts: Counts,
  given: readonly string[] = [],
): DirectionVerdict {
  const values = Object.keys(counts);
  const among = (words: readonly string[]): string[] => values.filter((value) => words.includes(fold(value)));
  const read = (incoming: readonly string[], assumed: boolean, rank: number): DirectionVerdict => ({
    incoming,
    assumed,
    rank,
    text: describe(column, counts, incoming, assumed),
  });
  if (given.length > 0) return read(given, false, among(given.map(fold)).length > 0 ? 4 : 0);
  const buyers = among(buyerWords);
  const either = among([eitherWord]);
  if (either.length > 0) {
    const isSeller = buyers.length > 0;
    const because = isSeller ? `${buyers.join(", ")} is the buyer` : "no other value means the buyer";
    return {
      ...read(isSeller ? buyers : either, false, 3),
      doubt: `${showName(column)} says ${either[0]}, which can be the buyer or the seller's staff: read as ${isSeller ? "the seller's" : "the buyer's"}, since ${because}`,
    };
  }
  if (buyers.length > 0) return read(buyers, false, 4);
  const strange = values.length - among(sellerWords).length;
  // Words of the seller's side alone show where to look; a column without any word shows nothing.
  if (strange === 0) return read(buyerWords, true, values.length > 0 ? 2 : 0);
  return { incoming: [], assumed: false, rank: 1, text: `${showName(column)} holds ${tally(counts)}` };
}

function describe(column: string, counts: Counts, incoming: readonly string[], assumed: boolean): string {
  if (assumed) {
    return `from the buyer if ${showName(column)} is one of ${incoming.slice(0, 6).join(", ")} and the like (assumed: no such line yet)`;
  }
  const folded = incoming.map(fold);
  const others = Object.entries(counts).filter(([value]) => !folded.includes(fold(value)));
  const rest = others.length > 0 ? `; from the seller: ${tally(Object.fromEntries(others))}` : "";
  return `from the buyer if ${showName(column)} is ${incoming.join(" or ")}${rest}`;
}

const tally = (counts: Counts): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([value, lines]) => `${value} (${lines})`)
    .join(", ");

const fold = (value: string): string => value.toLowerCase();
