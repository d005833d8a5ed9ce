import type { Fate } from "./journal.ts";
import { dice } from "./random.ts";

/** How often calls meet which fate (weights), and how long answers take. */
export interface ModelPlan {
  readonly seed: number;
  readonly fates: Readonly<Partial<Record<Fate, number>>>;
  /** Milliseconds. */
  readonly latency: readonly [number, number];
  readonly slow: readonly [number, number];
}

/** From this try of a version on all is well: attempts are five, and a row that ended as failed comes back after an hour only. */
const patience = 3;

/** Fate and delay of the n-th call (from 0) for a marker: whatever the order in which calls arrive, a seed gives the same. */
export function fateOf(plan: ModelPlan, marker: string, nth: number): { fate: Fate; delayMs: number } {
  const draw = dice(plan.seed, `call/${marker}/${nth}`);
  const fate = nth >= patience ? "good" : draw.weighted(plan.fates as Record<Fate, number>);
  const [low, high] = fate === "slow" ? plan.slow : plan.latency;
  return { fate, delayMs: draw.between(low, high) };
}
