import type { DraftContext } from "./context.ts";
import type { FallbackReason, Trigger, Wait } from "./decide.ts";
import type { Drafting } from "./deps.ts";
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

/** Puts the interaction off, without spending an attempt. */
export async function park(drafting: Drafting, run: Run, { forMs, until }: Wait): Promise<void> {
  await drafting.sql`
    select predraft.park_draft(${run.interactionId},
      coalesce(${until ?? null}::timestamptz, clock_timestamp() + ${forMs}::float8 * interval '1 millisecond'),
      ${run.attemptsLeft + 1}, ${drafting.sql.json(payloadOf(run))})`;
}

/** Parks; where the wait is longer than 5 s, a provisional fallback is shown meanwhile. */
export async function parkBehindFallback(
  drafting: Drafting,
  context: DraftContext,
  run: Run,
  wait: Wait,
  reason: FallbackReason,
): Promise<void> {
  if (wait.forMs > longestSleepMs) await writeFallback(drafting, context, run.trigger, reason);
  await park(drafting, run, wait);
}

/** Parks until a seller's window ends, and with it all that waits of the seller: each would be told the same. */
export async function parkWithSeller(
  drafting: Drafting,
  context: DraftContext,
  run: Run,
  wait: Wait,
  reason: FallbackReason,
): Promise<void> {
  await parkBehindFallback(drafting, context, run, wait, reason);
  if (wait.until !== undefined) await drafting.parkSeller(context.interaction.sellerId, wait.until);
}

/** Gives the job back in its place, without spending an attempt: this process is stopping, or its slot is another's. */
export async function giveBack(drafting: Drafting, run: Run): Promise<void> {
  await drafting.sql`
    select predraft.return_draft(${run.interactionId}, ${run.attemptsLeft + 1}, ${drafting.sql.json(payloadOf(run))})`;
}
