import { z } from "zod";

/** USD a million tokens. */
export interface Price {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  /** What goes into the service's cache, if that has a price of its own. */
  readonly cacheWrite?: number;
}

interface ListPrice extends Price {
  /** In DeepSeek's peak hours everything costs twice as much. */
  readonly peaks?: true;
}

/** When the prices below were looked up. */
export const pricesAsOf = "November 2026";

/** List prices outside of peak hours; the setting llm_prices goes before them. */
const listed: Readonly<Record<string, ListPrice>> = {
  "deepseek-flash": { input: 0.15, cached: 0.003, output: 0.6, peaks: true },
  "deepseek-v4-pro": { input: 0.66, cached: 0.022, output: 1.98, peaks: true },
  "claude-haiku-4-5": { input: 1, cached: 0.1, output: 5, cacheWrite: 1.25 },
};

/** Tokens of one draft, estimated from the length of the prompts (Russian: about 2.7 characters a token): rules that the service caches, facts and buyer's words, the answer. */
const tokensADraft = { cached: 700, input: 500, output: 220 };

const usd = z.number().min(0).max(1_000_000);
const override = z.object({
  input: usd,
  cached: usd.optional(),
  output: usd,
  cache_write: usd.optional(),
});

/**
 * A model's price at a time: what llm_prices says of it, the same at all hours, else the list price; undefined if neither knows it. A
 * name with a date at its end is also looked up without the date. Without a time, the price is the one outside of peak hours.
 */
export function priceOf(model: string, llmPrices: unknown, at?: Date): Price | undefined {
  for (const name of [model, undated(model)]) {
    const own = override.safeParse(entryOf(llmPrices, name));
    if (own.success) return asPrice(own.data);
    const price = entryOf(listed, name) as ListPrice | undefined;
    if (price !== undefined) return atHour(price, at);
  }
  return undefined;
}

const undated = (model: string): string => model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, "");

const entryOf = (table: unknown, name: string): unknown =>
  typeof table === "object" && table !== null && Object.hasOwn(table, name)
    ? (table as Record<string, unknown>)[name]
    : undefined;

const asPrice = ({ input, cached, output, cache_write }: z.infer<typeof override>): Price => ({
  input,
  cached: cached ?? input,
  output,
  ...(cache_write === undefined ? {} : { cacheWrite: cache_write }),
});

function atHour({ peaks, ...price }: ListPrice, at: Date | undefined): Price {
  if (!peaks || at === undefined || !isPeak(at)) return price;
  return { input: price.input * 2, cached: price.cached * 2, output: price.output * 2 };
}

/** DeepSeek's peak hours: Monday to Friday from 01 to 04 and from 06 to 10, UTC. */
function isPeak(at: Date): boolean {
  const [day, hour] = [at.getUTCDay(), at.getUTCHours()];
  return day >= 1 && day <= 5 && ((hour >= 1 && hour < 4) || (hour >= 6 && hour < 10));
}

/** About what so many drafts cost, in USD, one call each. An estimate: texts, threads and facts differ. */
export function estimateCost(drafts: number, price: Price): number {
  const { cached, input, output } = tokensADraft;
  return (drafts * (cached * price.cached + input * price.input + output * price.output)) / 1_000_000;
}
