import { z } from "zod";

/** USD a million tokens. */
export interface Price {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** When the prices below were looked up. */
export const pricesAsOf = "November 2026";

/** List prices outside of peak hours; the setting llm_prices goes before them. */
const listed: Readonly<Record<string, Price>> = {
  "deepseek-flash": { input: 0.15, cached: 0.003, output: 0.6 },
  "deepseek-v4-pro": { input: 0.66, cached: 0.022, output: 1.98 },
  "claude-haiku-4-5": { input: 1, cached: 0.1, output: 5 },
};

/** Tokens of one draft, reckoned from the length of the prompts (Russian: about 2.7 characters a token): fixed rules that the service caches, facts and buyer's words, the answer. */
const tokensADraft = { cached: 700, input: 500, output: 220 };

const overrides = z.record(
  z.string(),
  z.object({ input: z.number(), cached: z.number().optional(), output: z.number() }),
);

/** A model's price: what llm_prices says of it, else as listed; undefined where neither knows it. */
export function priceOf(model: string, llmPrices: unknown): Price | undefined {
  const parsed = overrides.safeParse(llmPrices);
  const own = parsed.success && Object.hasOwn(parsed.data, model) ? parsed.data[model] : undefined;
  if (own) return { input: own.input, cached: own.cached ?? own.input, output: own.output };
  return Object.hasOwn(listed, model) ? listed[model] : undefined;
}

/** About what so many drafts cost, in USD, one call each. An estimate: texts, threads and facts differ. */
export function estimateCost(drafts: number, price: Price): number {
  const { cached, input, output } = tokensADraft;
  return (drafts * (cached * price.cached + input * price.input + output * price.output)) / 1_000_000;
}
