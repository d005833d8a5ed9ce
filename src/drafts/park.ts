import type { DraftContext } from "./context.ts";
import { type FallbackReason, longestSleepMs, type Wait } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import { writeFallback } from "./fallback.ts";
import type { Trigger } from "./trigger.ts";

/** One run of a job. */
export interface JobRun {
  readonly interactionId: string;
  readonly trigger: Trigger;
  /** Attempts left after this one. */
  readonly attemptsLeft: number;
}

const payloadOf = (run: JobRun) => (run.trigger === "pregenerate" ? {} : { trigger: run.trigger });

/** Parks the interaction's job until later, without spending an attempt. */
export async function park(deps: DraftDeps, run: JobRun, { forMs, until }: Wait): Promise<void> {
  await deps.sql`
    select predraft.park_draft(${run.interactionId},
      coalesce(${until ?? null}::timestamptz, clock_timestamp() + ${forMs}::float8 * interval '1 millisecond'),
      ${run.attemptsLeft + 1}, ${deps.sql.json(payloadOf(run))})`;
}

/** Parks; if the wait is longer than 5 s, a provisional fallback is shown meanwhile. */
export async function parkBehindFallback(
  deps: DraftDeps,
  context: DraftContext,
  run: JobRun,
  wait: Wait,
  reason: FallbackReason,
): Promise<void> {
  if (wait.forMs > longestSleepMs) await writeFallback(deps, context, run.trigger, reason);
  await park(deps, run, wait);
}

/** Parks until a seller's window ends, with all waiting jobs of the seller, because each would meet the same limit. */
export async function parkWithSeller(
  deps: DraftDeps,
  context: DraftContext,
  run: JobRun,
  wait: Wait,
  reason: FallbackReason,
): Promise<void> {
  await parkBehindFallback(deps, context, run, wait, reason);
  if (wait.until !== undefined) await deps.parkSeller(context.interaction.sellerId, wait.until);
}

/** Returns the job to its place in the queue, without spending an attempt: this process stops, or another job needs the slot. */
export async function giveBack(deps: DraftDeps, run: JobRun): Promise<void> {
  await deps.sql`
    select predraft.return_draft(${run.interactionId}, ${run.attemptsLeft + 1}, ${deps.sql.json(payloadOf(run))})`;
}
