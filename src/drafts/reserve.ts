import { retry } from "../async/retry.ts";
import type { Provider } from "../llm/provider.ts";
import type { DraftContext } from "./context.ts";
import { type Refusal, refusalBy } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import type { Trigger } from "./trigger.ts";

/** The answer of `predraft.reserve_call`: a claim to go ahead with, or the reason against. */
export type Reservation =
  | { readonly kind: "go"; readonly claim: string }
  | { readonly kind: "claimed"; readonly claim: string; readonly holder: number }
  | { readonly kind: "reread" }
  | Refusal
  | { readonly kind: "retry"; readonly waitMs: number };

interface Row {
  readonly verdict: string;
  readonly wait_ms: number | null;
  readonly until: number | null;
  readonly claim: string | null;
  readonly why: string | null;
  readonly holder: number | null;
}

/** Takes the claim on this content version and charges the limits, all in Postgres and exact across processes. */
export async function reserve(
  deps: DraftDeps,
  provider: Provider,
  context: DraftContext,
  trigger: Trigger,
): Promise<Reservation> {
  const { id, hash, sellerId } = context.interaction;
  const [row] = await deps.sql<Row[]>`
    select verdict, claim, why, holder, (extract(epoch from until) * 1000)::float8 as until,
      (extract(epoch from until - clock_timestamp()) * 1000)::float8 as wait_ms
    from predraft.reserve_call(
      ${id}, ${hash}, ${sellerId}, ${deps.workerId}, ${provider.name}, ${context.callKind},
      ${trigger === "force" || replacesFinal(context, trigger)}, ${provider.remote})`;
  return asReservation(row as Row);
}

/** Tells whether this backfill replaces a model's final draft because of its prompt. */
export const replacesFinal = ({ draft }: DraftContext, trigger: Trigger): boolean =>
  trigger === "backfill" && draft !== null && draft.source === "llm" && !draft.provisional;

function asReservation(row: Row): Reservation {
  const waitMs = Math.max(row.wait_ms ?? 0, 0);
  switch (row.verdict) {
    case "go":
      return { kind: "go", claim: row.claim as string };
    case "claimed":
      return { kind: "claimed", claim: row.claim as string, holder: row.holder as number };
    case "fallback":
    case "wait":
      return refusalBy({
        why: row.why as Parameters<typeof refusalBy>[0]["why"],
        until: row.until as number,
        forMs: waitMs,
      });
    case "retry":
      return { kind: "retry", waitMs };
    default:
      return { kind: "reread" };
  }
}

/**
 * Drops a claim. `refund` gives an unbilled call back; without `saved`, jobs that were refused because of the claim come back.
 * Tried until it succeeds, because a claim that a live worker forgot would be held for good. Only a shutdown's cut-off ends
 * that; the claim then counts as a dead worker's, and is reaped.
 */
export async function release(
  deps: DraftDeps,
  claim: string,
  how: { readonly saved: boolean; readonly refund?: boolean },
): Promise<void> {
  const options = { pauseMs: 500, complaint: "a claim could not be dropped; trying again" };
  await retry(
    deps,
    options,
    () => deps.sql`select predraft.release_call(${claim}, ${how.saved}, ${how.refund ?? false})`,
  ).catch(() => undefined); // cut off, and logged by then
}

/** Asks all processes to leave a provider alone for a while. `predraft.health` shows `reason`. True if no pause was under way. */
export async function pauseProvider(
  deps: DraftDeps,
  provider: Provider,
  milliseconds: number,
  reason: string,
): Promise<boolean> {
  // Locked while it is read, so that of many calls that fail at once only one reports true.
  const [row] = await deps.sql<{ paused: boolean | null }[]>`
    with gate as (
      select coalesce(paused_until > clock_timestamp(), false) as paused
      from predraft.gate where provider = ${provider.name} for update)
    select gate.paused, predraft.pause_provider(${provider.name}, ${milliseconds}, ${reason})
    from (select) one left join gate on true`;
  return row?.paused !== true;
}
