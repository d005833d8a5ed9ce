import type { Settings } from "../../db/client/settings.ts";
import type { Config } from "../config.ts";
import { createProvider } from "../llm/create-provider.ts";
import { currentModel } from "../llm/models.ts";
import { estimateCost, type Price, priceOf, pricesAsOf } from "../llm/prices.ts";
import { type BacklogCount, type BacklogItem, countBacklog } from "./backlog.ts";

/** What a backlog's cost is estimated from. */
export interface BacklogTerms {
  readonly model: string;
  /** Whether calls to this model cost money. */
  readonly remote: boolean;
  readonly price: Price | undefined;
  readonly maxAgeDays: number;
  readonly dailyLimit: number;
}

/** The model that would draft it, and its price. A provider that cannot be created yet counts as a paid one. */
export function termsOf(llm: Config["llm"], settings: Settings): BacklogTerms {
  const fallback = currentModel(settings.llm_model ?? llm.model ?? "the model").model;
  const provider = ((): { model: string; remote: boolean } => {
    try {
      return createProvider(llm, settings);
    } catch {
      return { model: fallback, remote: true };
    }
  })();
  return {
    model: provider.model,
    remote: provider.remote,
    price: priceOf(provider.model, settings.llm_prices),
    maxAgeDays: settings.ai_draft_max_age_days,
    dailyLimit: settings.ai_draft_daily_limit,
  };
}

/** Prints a backlog's counts by priority and channel, and its estimated cost. */
export function countLines(items: readonly BacklogItem[], terms: BacklogTerms): string[] {
  const paid = items.filter(({ free }) => !free).length;
  const free = items.length - paid;
  return [
    ...countBacklog(items).map(countLine),
    `  ${costLine(paid, terms)}`,
    ...(free > 0
      ? [
          `  no call is needed for ${free} of them: reviews without text, content that the history holds a draft for`,
        ]
      : []),
  ];
}

const countLine = ({ priority, channel, count }: BacklogCount): string =>
  `  ${priority.padEnd(8)}${channel.padEnd(10)}${String(count).padStart(9)}`;

function costLine(paid: number, { model, remote, price }: BacklogTerms): string {
  if (paid === 0) return "estimated cost: nothing";
  if (!remote) return `estimated cost: free (${model} makes drafts by rules, without a model)`;
  if (!price) return `estimated cost: unknown (no price of ${model} is known; llm_prices can say it)`;
  const cost = estimateCost(paid, price);
  return `estimated cost: about $${cost < 0.01 ? cost.toFixed(4) : cost.toFixed(2)} for ${paid} drafts by ${model} (list prices of ${pricesAsOf}, one call each)`;
}
