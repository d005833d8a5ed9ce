import { type Facts, factsOf } from "./facts.ts";
import type { Subject } from "./subject.ts";
import type { Match } from "./text/phrases.ts";
import { type Tokens, tokenize } from "./text/tokenize.ts";
import type { Severity } from "./warning.ts";

/** What the rules get: a draft with everything known about its interaction. Parts that only some rules need are read on first use. */
export interface CheckInput {
  readonly subject: Subject;
  readonly draft: Tokens;
  /** What the buyer wrote. */
  readonly buyer: Tokens;
  readonly seller: Tokens;
  /** The product and the seller's own rules and signature. */
  readonly facts: Facts;
  /** The seller's own rules and signature alone. */
  readonly given: Facts;
}

/** Part of a draft, in UTF-16 units of the original. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Replaces the code's usual severity. */
  readonly weight?: Severity;
}

/** A thread can be endless; its end counts. */
const longestRead = 20_000;

/** Reads the buyer's texts. */
export const readBuyer = ({ buyerTexts }: Subject): Tokens => tokenize(latest(buyerTexts));

/** Makes the rules' input for each draft of one interaction; what is known about the interaction is read once for all drafts. */
export function checkInputsOf(subject: Subject, buyer: Tokens): (text: string) => CheckInput {
  const own = [subject.ownRules, subject.signature];
  const product = [subject.productName, ...Object.entries(subject.attributes).flat()];
  const seller = lazy(() => tokenize(latest(subject.sellerTexts)));
  const facts = lazy(() => factsOf([...product, ...own].map((part) => part?.slice(0, longestRead) ?? null)));
  const given = lazy(() => factsOf(own));
  return (text) => ({
    subject,
    draft: tokenize(text),
    buyer,
    get seller() {
      return seller();
    },
    get facts() {
      return facts();
    },
    get given() {
      return given();
    },
  });
}

/** A match's place in the original. */
export function spanOf(tokens: Tokens, { first, last }: Match): Span {
  const [from, to] = [tokens.words[first]?.start ?? 0, tokens.words[last]?.end ?? 0];
  return spanBetween(tokens, from, to);
}

/** The place in the original of a part of the normalized text. */
export function spanBetween({ normalized }: Tokens, from: number, to: number): Span {
  const start = normalized.starts[from] ?? normalized.original.length;
  return { start, end: Math.max(normalized.ends[to - 1] ?? start, start) };
}

const latest = (texts: readonly string[]): string => texts.join("\n").slice(-longestRead);

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
