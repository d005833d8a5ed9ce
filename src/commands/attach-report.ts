import type { BacklogCount } from "../../db/attach/backlog.ts";
import type { ReportLine } from "../../db/attach/facts.ts";
import { estimateCost, type Price, pricesAsOf } from "../llm/prices.ts";
import type { Output } from "./output.ts";

const marks: Record<ReportLine["level"], string> = { ok: "✓", note: "·", warning: "!", problem: "✗" };

/** Prints what attach found, a line each: mapped, missing, warned of, in the way. */
export function printReport(out: Output, lines: readonly ReportLine[]): void {
  const width = Math.max(...lines.map(({ subject }) => subject.length));
  for (const { level, subject, text } of lines) {
    const paint =
      level === "problem" ? out.bad : level === "ok" ? out.good : level === "note" ? out.dim : out.bold;
    out.line(`  ${paint(marks[level])} ${subject.padEnd(width)}  ${text}`);
  }
}

/** What a backlog is reckoned by. */
export interface BacklogTerms {
  readonly model: string;
  /** Whether calls to this model cost anything. */
  readonly remote: boolean;
  readonly price: Price | undefined;
  readonly maxAgeDays: number;
  readonly dailyLimit: number;
}

/** The backlog by priority and channel, and what it is estimated to cost. */
export function backlogLines(counts: readonly BacklogCount[], terms: BacklogTerms): string[] {
  const total = sum(counts.map(({ count }) => count));
  const paid = total - sum(counts.map(({ free }) => free));
  const rows = counts.map(
    ({ priority, channel, count }) =>
      `  ${priority.padEnd(8)}${channel.padEnd(10)}${String(count).padStart(9)}`,
  );
  return [
    `Backlog: ${total} interactions of the last ${terms.maxAgeDays} days want a draft (ai_draft_max_age_days)`,
    ...rows,
    `  ${costLine(paid, terms)}`,
    ...(total > paid
      ? [`  ${total - paid} of them are reviews without text: their wording needs no model`]
      : []),
    `  at most ${terms.dailyLimit} drafts a seller and day (ai_draft_daily_limit)`,
  ];
}

function costLine(paid: number, { model, remote, price }: BacklogTerms): string {
  if (!remote) return `estimated cost: free (${model} makes drafts by rules, without a model)`;
  if (!price) return `estimated cost: unknown (no price of ${model} is known; llm_prices can say it)`;
  const cost = estimateCost(paid, price);
  return `estimated cost: about $${cost < 0.01 ? cost.toFixed(4) : cost.toFixed(2)} for ${paid} drafts by ${model} (list prices of ${pricesAsOf}, one call each)`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
