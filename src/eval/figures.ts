import type { BilledCall } from "../domain/billed-call.ts";
import { billOf } from "../llm/cost.ts";
import type { Answered } from "./score.ts";

/** A longer draft cannot be read at a glance. */
const comfortableLength = 500;

/** The length, speed and cost of the drafts. */
export interface Figures {
  readonly length: {
    readonly mean: number;
    readonly longest: number;
    readonly over_500: number;
    readonly share_over_500: number;
  };
  readonly latency_ms: { readonly p50: number; readonly p95: number };
  /** Billed calls, repairs and failures included, and their tokens. */
  readonly calls: number;
  readonly tokens: {
    readonly input: number | null;
    readonly cached_input: number | null;
    readonly output: number | null;
  };
  /** USD; null if a call's tokens or the model's price are not known. */
  readonly cost_usd: number | null;
}

/** Measures the answers; null if there are none. `prices` is as in the setting llm_prices. */
export function figuresOf(
  answers: readonly Answered[],
  failures: readonly { readonly billed: readonly BilledCall[] }[],
  { model, prices }: { readonly model: string; readonly prices: unknown },
): Figures | null {
  if (answers.length === 0) return null;
  const lengths = answers.map(({ answer }) => [...answer.text].length);
  const durations = answers.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const over = lengths.filter((length) => length > comfortableLength).length;
  const calls = [...answers, ...failures].flatMap(({ billed }) => billed);
  const bill = billOf(calls, model, prices);
  return {
    length: {
      mean: Math.round(lengths.reduce((a, b) => a + b, 0) / lengths.length),
      longest: Math.max(...lengths),
      over_500: over,
      share_over_500: over / lengths.length,
    },
    latency_ms: { p50: percentile(durations, 0.5), p95: percentile(durations, 0.95) },
    calls: calls.length,
    tokens: { input: bill.inputTokens, cached_input: bill.cachedInputTokens, output: bill.outputTokens },
    cost_usd: calls.length === 0 ? 0 : bill.costUsd === null ? null : Number(bill.costUsd),
  };
}

/** A percentile of sorted numbers, by the nearest rank. */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] as number;
