import { expect, test } from "vitest";
import type { Config } from "../../src/config.ts";
import { inspectProviders } from "../../src/doctor/provider.ts";

const llm: Config["llm"] = {
  provider: "deepseek",
  model: undefined,
  keys: { deepseek: "k", openai: "k" },
  baseUrls: {},
  timeoutMs: 1_000,
};
const settings = { llm_enabled: true, llm_provider: null, llm_model: null, llm_prices: {} };
const check = (llm_fallbacks: readonly string[], over: Partial<Config["llm"]> = {}) =>
  inspectProviders(
    { llm: { ...llm, ...over } } as Config,
    { ...settings, llm_fallbacks } as unknown as Parameters<typeof inspectProviders>[1],
  ).findings;

test("each provider is named with its model, whether it has a key, and whether its price is known", async () => {
  expect(await check(["openai:gpt-5-mini"])).toEqual([
    expect.objectContaining({ level: "ok", what: "deepseek, model deepseek-flash, key set" }),
    expect.objectContaining({
      level: "ok",
      what: expect.stringMatching(
        /^while that is down: openai, model gpt-5-mini, key set; no price is known/,
      ),
    }),
  ]);
});

test("a fallback without a key is a problem, and says which key", async () => {
  expect((await check(["anthropic:claude-haiku-4-5"]))[1]).toMatchObject({
    level: "problem",
    what: expect.stringContaining("anthropic:claude-haiku-4-5 of llm_fallbacks"),
    todo: expect.stringContaining("ANTHROPIC_API_KEY"),
  });
});

test("a provider without a key is one, too", async () => {
  expect(await check([], { keys: {} })).toMatchObject([
    {
      level: "problem",
      what: "The provider deepseek has no key",
      todo: expect.stringContaining("DEEPSEEK_API_KEY"),
    },
  ]);
});
