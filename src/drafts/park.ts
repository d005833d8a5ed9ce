import type { DraftContext } from "./context.ts";
import type { FallbackReason, Trigger } from "./decide.ts";
import type { Drafting } from "./drafting.ts";
import { writeFallback } from "./fallback.ts";
import { longestSleepMs } from "./generate.ts";

/** A job as this run of it sees it. */
export interface Run {
  readonly interactionId: string;
  readonly trigger: Trigger;
  /** Attempts that are left besides this one. */
  readonly attemptsLeft: number;
}

const payloadOf = (run: Run) => (run.trigger === "pregenerate" ? {} : { trigger: run.trigger });

/** Puts the interaction off for so many milliseconds, without spending an attempt. */
export async function park(drafting: Drafting, run: Run, waitMs: number): Promise<void> {
  await drafting.sql`
    select predraft.park_draft(${run.interactionId}, clock_timestamp() + ${waitMs}::float8 * interval '1 millisecond',
      ${run.attemptsLeft + 1}, ${drafting.sql.json(payloadOf(run))})`;
}

/** Parks; where the wait is longer than 5 s, a provisional fallback is shown meanwhile. */
export async function parkBehindFallback(
  drafting: Drafting,
  context: DraftContext,
  run: Run,
  waitMs: number,
  reason: FallbackReason,
): Promise<void> {
  if (waitMs > longestSleepMs) await writeFallback(drafting, context, run.trigger, reason);
  await park(drafting, run, waitMs);
}

/** Gives the job back in its place, without spending an attempt: this process is stopping. */
export async function giveBack(drafting: Drafting, run: Run): Promise<void> {
  await drafting.sql`
    select predraft.return_draft(${run.interactionId}, ${run.attemptsLeft + 1}, ${drafting.sql.json(payloadOf(run))})`;
}
