import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BilledCall, Tokens } from "../../src/domain/billed-call.ts";
import { billOf } from "../../src/llm/cost.ts";
import { priceOf } from "../../src/llm/prices.ts";

const quiet = new Date("2026-11-24T12:00:00Z"); // a Tuesday
const call = (
  tokens: Partial<Tokens> | null,
  at = quiet,
  responseModel: string | null = null,
): BilledCall => ({
  at,
  responseModel,
  tokens: tokens && { input: 0, cached: 0, cacheWrite: 0, output: 0, ...tokens },
});
const cost = (model: string, ...calls: BilledCall[]) => billOf(calls, model, {}).costUsd;

describe("what a generation costs", () => {
  test("is its tokens at the list price, cached ones at theirs, to eight decimals", () => {
    expect(cost("deepseek-flash", call({ input: 1_000_000 }))).toBe("0.15000000");
    expect(cost("deepseek-flash", call({ input: 1_000_000, cached: 1_000_000 }))).toBe("0.00300000");
    expect(cost("deepseek-flash", call({ output: 1_000_000 }))).toBe("0.60000000");
    expect(cost("deepseek-flash", call({ input: 1_207, cached: 700, output: 219 }))).toBe("0.00020955");
    expect(cost("deepseek-v4-pro", call({ input: 1, output: 1 }))).toBe("0.00000264");
  });

  test("counts what is written into Anthropic's cache at a quarter more", () => {
    const tokens = { input: 1_000_000, cached: 200_000, cacheWrite: 300_000, output: 100_000 };
    expect(cost("claude-haiku-4-5", call(tokens))).toBe("1.39500000"); // .5 + .02 + .375 + .5
  });

  const hours: readonly (readonly [string, boolean])[] = [
    ["2026-11-23T00:59:59Z", false],
    ["2026-11-23T01:00:00Z", true],
    ["2026-11-23T03:59:59Z", true],
    ["2026-11-23T04:00:00Z", false],
    ["2026-11-27T06:00:00Z", true],
    ["2026-11-27T09:59:59Z", true],
    ["2026-11-27T10:00:00Z", false],
    ["2026-11-28T07:00:00Z", false],
    ["2026-11-29T02:00:00Z", false],
  ];

  test.each(hours)("at %s is DeepSeek's double: %s", (at, isPeak) => {
    const tokens = { input: 1_000_000, cached: 500_000, output: 1_000_000 };
    const usual = cost("deepseek-flash", call(tokens));
    expect(cost("deepseek-flash", call(tokens, new Date(at)))).toBe(isPeak ? "1.35300000" : usual);
    expect(usual).toBe("0.67650000");
    expect(cost("claude-haiku-4-5", call(tokens, new Date(at)))).toBe("5.55000000");
  });

  test("of two calls is their sum, each at its own hour", () => {
    const [early, late] = ["2026-11-24T03:59:59Z", "2026-11-24T04:00:01Z"].map((at) => new Date(at));
    const calls = [call({ input: 1_000_000 }, early), call({ input: 1_000_000 }, late)];
    expect(billOf(calls, "deepseek-flash", {})).toEqual({
      inputTokens: 2_000_000,
      cachedInputTokens: 0,
      outputTokens: 0,
      costUsd: "0.45000000",
    });
  });

  test("is unknown for an unknown model, and where a call did not count: never 0", () => {
    expect(cost("nobody-1", call({ input: 5 }))).toBeNull();
    expect(cost("toString", call({ input: 5 }))).toBeNull();
    expect(billOf([call({ input: 5 }), call(null)], "deepseek-flash", {})).toMatchObject({
      inputTokens: 5,
      costUsd: null,
    });
    expect(billOf([], "deepseek-flash", {})).toMatchObject({ inputTokens: null, costUsd: null });
  });

  test("goes by the model asked for, with or without a date, then by the one that answered", () => {
    expect(cost("claude-haiku-4-5-20251001", call({ input: 1_000 }))).toBe("0.00100000");
    expect(cost("claude-haiku-4-5-2026-01-31", call({ input: 1_000 }))).toBe("0.00100000");
    expect(cost("gateway/best", call({ input: 1_000 }, quiet, "claude-haiku-4-5"))).toBe("0.00100000");
  });

  test("goes by llm_prices first, at all hours alike, and past an entry that is no price", () => {
    const peak = new Date("2026-11-24T02:00:00Z");
    const own = { "deepseek-flash": { input: 2, output: 3 }, "claude-haiku-4-5": { input: "dear" } };
    expect(billOf([call({ input: 1_000, cached: 500 }, peak)], "deepseek-flash", own).costUsd).toBe(
      "0.00200000",
    );
    expect(billOf([call({ input: 1_000 })], "claude-haiku-4-5", own).costUsd).toBe("0.00100000");
    expect(priceOf("m", { m: { input: 1, cached: 0.1, output: 2, cache_write: 1.25 } })).toEqual({
      input: 1,
      cached: 0.1,
      output: 2,
      cacheWrite: 1.25,
    });
  });

  test("drifts by nothing: the sum of many is within half of the last decimal each", () => {
    const amount = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(amount, amount, amount, (fresh, cached, output) => {
        const exact = 15n * BigInt(fresh) * 10n + 3n * BigInt(cached) + 600n * BigInt(output); // 1e-9 USD
        const nearest = (exact + 5n) / 10n; // 1e-8
        const text = cost("deepseek-flash", call({ input: fresh + cached, cached, output })) ?? "";
        expect(BigInt(text.replace(".", ""))).toBe(nearest);
      }),
    );
  });

  test("is left open where a service's count is absurd, and the tokens fit their column", () => {
    const absurd = { input: 1e18, output: Number.NaN };
    expect(billOf([call(absurd)], "claude-haiku-4-5", {})).toMatchObject({
      inputTokens: 2_147_483_647,
      outputTokens: 0,
      costUsd: "2147.48364700",
    });
    expect(billOf([call(absurd)], "m", { m: { input: 1_000_000, output: 1 } }).costUsd).toBeNull();
  });
});
