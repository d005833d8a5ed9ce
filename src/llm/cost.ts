import type { BilledCall, Tokens } from "../domain/billed-call.ts";
import { type Price, priceOf } from "./prices.ts";

/** What a generation's calls add up to. */
export interface Bill {
  /** null: no call has counted them. */
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly outputTokens: number | null;
  /** USD with eight decimals; null if a call's tokens or its model's price are not known. Never a 0 in their place. */
  readonly costUsd: string | null;
}

/** Adds up the calls of one generation, each at its own hour's price: that of the model asked for, else of the model that answered. */
export function billOf(calls: readonly BilledCall[], requestModel: string, llmPrices: unknown): Bill {
  const known = calls.flatMap(({ tokens }) => (tokens === null ? [] : [tokens]));
  const total = (count: (tokens: Tokens) => number): number | null =>
    known.length === 0 ? null : asCount(known.reduce((sum, tokens) => sum + count(tokens), 0));
  return {
    inputTokens: total(({ input }) => input),
    cachedInputTokens: total(({ cached }) => cached),
    outputTokens: total(({ output }) => output),
    costUsd: costOf(calls, requestModel, llmPrices),
  };
}

/** A service's count as an integer column takes it. */
const asCount = (count: number): number =>
  Number.isFinite(count) ? Math.min(Math.max(Math.round(count), 0), 2_147_483_647) : 0;

function costOf(calls: readonly BilledCall[], requestModel: string, llmPrices: unknown): string | null {
  if (calls.length === 0) return null;
  let total = 0n;
  for (const { at, responseModel, tokens } of calls) {
    const price = priceOf(requestModel, llmPrices, at) ?? priceOf(responseModel ?? "", llmPrices, at);
    if (tokens === null || price === undefined) return null;
    total += costOfCall(tokens, price);
  }
  const cost = (total + half) / toEightDecimals;
  return cost > mostOfTheColumn ? null : `${cost / oneUsd}.${String(cost % oneUsd).padStart(8, "0")}`;
}

/** Prices have nine decimals for a million tokens, so every amount is a whole number of 1e-15 USD. */
const priceUnit = (usd: number): bigint => BigInt(usd.toFixed(9).replace(".", ""));
const toEightDecimals = 10_000_000n;
const half = toEightDecimals / 2n;
const oneUsd = 100_000_000n;
/** The most that numeric(12,8) holds. No generation costs that much, so the count is wrong. */
const mostOfTheColumn = 999_999_999_999n;

function costOfCall({ input, cached, cacheWrite, output }: Tokens, price: Price): bigint {
  const fresh = Math.max(input - cached - cacheWrite, 0);
  return (
    count(fresh) * priceUnit(price.input) +
    count(cached) * priceUnit(price.cached) +
    count(cacheWrite) * priceUnit(price.cacheWrite ?? price.input) +
    count(output) * priceUnit(price.output)
  );
}

const count = (tokens: number): bigint => BigInt(asCount(tokens));
