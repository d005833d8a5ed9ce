import type { Price } from "../../llm/prices.ts";
import type { Answered } from "./score.ts";

/** Drafts longer than this are no longer read at a glance. */
const comfortableLength = 500;

/** What the drafts are like beside being right: long, slow, dear. */
export interface Figures {
  readonly length: {
    readonly mean: number;
    readonly longest: number;
    readonly over_500: number;
    readonly share_over_500: number;
  };
  readonly latency_ms: { readonly p50: number; readonly p95: number };
  /** As the service billed them; all 0 where nothing was billed. */
  readonly tokens: { readonly input: number; readonly cached_input: number; readonly output: number };
  /** USD of the calls that succeeded; null where the model's price is not known. */
  readonly cost_usd: number | null;
}

/** Null where there is no answer to measure. */
export function figuresOf(answers: readonly Answered[], price: Price | undefined): Figures | null {
  if (answers.length === 0) return null;
  const lengths = answers.map(({ answer }) => [...answer.text].length);
  const durations = answers.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const over = lengths.filter((length) => length > comfortableLength).length;
  const tokens = {
    input: sum(answers.map(({ usage }) => usage?.inputTokens ?? 0)),
    cached_input: sum(answers.map(({ usage }) => usage?.cachedInputTokens ?? 0)),
    output: sum(answers.map(({ usage }) => usage?.outputTokens ?? 0)),
  };
  const billed = answers.some(({ usage }) => usage !== null);
  return {
    length: {
      mean: Math.round(sum(lengths) / lengths.length),
      longest: Math.max(...lengths),
      over_500: over,
      share_over_500: over / lengths.length,
    },
    latency_ms: { p50: percentile(durations, 0.5), p95: percentile(durations, 0.95) },
    tokens,
    cost_usd: billed ? costOf(tokens, price) : 0,
  };
}

function costOf(tokens: Figures["tokens"], price: Price | undefined): number | null {
  if (price === undefined) return null;
  const { input, cached_input, output } = tokens;
  const micro = (input - cached_input) * price.input + cached_input * price.cached + output * price.output;
  return micro / 1_000_000;
}

/** Of sorted numbers, by the nearest rank. */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] as number;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
