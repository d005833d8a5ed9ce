import { jitter, waitFor } from "../async/wait.ts";
import { PredraftError } from "../errors.ts";
import type { GuardedProvider } from "../llm/breaker.ts";
import type { Prompt } from "../llm/provider.ts";
import { briefOf, findCues } from "./build-brief.ts";
import { callModel } from "./call.ts";
import { type DraftContext, loadContext } from "./context.ts";
import type { Trigger } from "./decide.ts";
import type { Drafting } from "./deps.ts";
import { meanwhile } from "./meanwhile.ts";
import { type Asking, askingFor, type Taken } from "./model-request.ts";
import { type Reservation, release, replacesFinal, reserve } from "./reserve.ts";
import {
  answerColumns,
  callColumns,
  type DraftRow,
  type Projection,
  project,
  record,
  recordSurely,
  rowOf,
} from "./save.ts";

/** Waits up to this long are slept in the slot; longer ones park the job, or give it back. */
export const longestSleepMs = 5_000;

/** How one try at a generation ended. */
export type Generation =
  | { readonly kind: "projected"; readonly projection: Projection }
  | { readonly kind: "failed"; readonly error: PredraftError; readonly provider: GuardedProvider }
  | { readonly kind: "superseded" | "cut_off" | "stopped" | "yielded" }
  | Exclude<Reservation, { kind: "go" | "retry" }>;

/**
 * Reserves a call, makes it and saves its result. Holds no transaction open while the model works, and leaves no claim
 * behind: whatever happens after the reservation, the claim is dropped.
 */
export async function generate(
  drafting: Drafting,
  context: DraftContext,
  trigger: Trigger,
): Promise<Generation> {
  const provider = drafting.provider();
  const { id, hash } = context.interaction;
  const flight = drafting.inFlight.enter(id, hash); // before the reservation re-reads the hash: no change slips between
  try {
    const asking = preparing(drafting, provider, context);
    const reservation = await reserveInTurn(drafting, provider, context, trigger);
    if (reservation.kind !== "go") return reservation;
    if (replacesFinal(context, trigger) && !(await stillStands(drafting, provider, context))) {
      await release(drafting, reservation.claim, { saved: false, refund: true });
      return { kind: "reread" };
    }
    const reserved = { provider, context, trigger, claim: reservation.claim, superseded: flight.signal };
    return await withClaim(drafting, reserved, asking);
  } finally {
    flight.leave();
  }
}

/** Whoever held the claim before may have made the very draft that this one was to be. */
async function stillStands(
  drafting: Drafting,
  provider: GuardedProvider,
  seen: DraftContext,
): Promise<boolean> {
  const now = await loadContext(drafting.sql, seen.interaction.id, provider.name);
  return (
    now?.draft?.draft_id === seen.draft?.draft_id && now?.restorable?.draftId === seen.restorable?.draftId
  );
}

/**
 * Sleeps through waits for pace and global concurrency, and through short ones for the provider. Who has slept for 5 s yields its slot:
 * a job that goes before it may have come.
 */
async function reserveInTurn(
  drafting: Drafting,
  provider: GuardedProvider,
  context: DraftContext,
  trigger: Trigger,
): Promise<Exclude<Reservation, { kind: "retry" }> | { kind: "stopped" | "yielded" }> {
  for (let slept = 0; ; ) {
    if (drafting.stopping.aborted) return { kind: "stopped" };
    const reservation = await reserve(drafting, provider, context, trigger);
    if (reservation.kind === "retry" || isShort(reservation)) {
      if (slept >= longestSleepMs) return { kind: "yielded" };
      const waitMs = reservation.kind === "retry" ? reservation.waitMs : reservation.wait.forMs;
      const sleep = Math.min(waitMs, longestSleepMs - slept) + jitter(context.interaction.priority);
      if (!(await waitFor(sleep, drafting.stopping))) return { kind: "stopped" };
      slept += sleep;
      continue;
    }
    if (reservation.kind === "claimed" && isOrphan(drafting, context, reservation.holder)) {
      await release(drafting, reservation.claim, { saved: false, refund: true }); // no call was made
      continue;
    }
    return reservation;
  }
}

/** A wait that is over before parking would pay. */
const isShort = (reservation: Reservation): reservation is Extract<Reservation, { kind: "wait" }> =>
  reservation.kind === "wait" && reservation.wait.forMs <= longestSleepMs;

/** A claim of this very worker that none of its generations knows: the answer to its reservation was lost on the way. */
function isOrphan(drafting: Drafting, context: DraftContext, holder: number): boolean {
  const { id, hash } = context.interaction;
  const flights = drafting.inFlight
    .list()
    .filter((flight) => flight.interactionId === id && flight.hash === hash);
  return holder === drafting.workerId && flights.length === 1;
}

/** What will be asked. For a remote provider it is written while the reservation is under way; our own rules need cues. */
function preparing(
  drafting: Drafting,
  provider: GuardedProvider,
  context: DraftContext,
): () => Promise<Asking> {
  const asking = (cues: readonly string[]): Asking =>
    askingFor(provider, drafting.prompts, briefOf(context, cues));
  if (!provider.remote) return async () => asking(await findCues(drafting.sql, context));
  const written = meanwhile(() => asking([]));
  return async () => written();
}

/** A call that may be made. */
interface Reserved {
  readonly provider: GuardedProvider;
  readonly context: DraftContext;
  readonly trigger: Trigger;
  readonly claim: string;
  readonly superseded: AbortSignal;
}

async function withClaim(
  drafting: Drafting,
  { provider, context, trigger, claim, superseded }: Reserved,
  asking: () => Promise<Asking>,
): Promise<Generation> {
  let how: { saved: boolean; refund: boolean } = { saved: false, refund: false };
  try {
    const { request, take } = await asking();
    const taken = take(await callModel(drafting, provider, request, superseded));
    if (taken.result.kind === "failed" && taken.result.error.code === "model_down") {
      how = { saved: false, refund: true }; // nobody was asked
      return { kind: "reread" };
    }
    const generation = await keep(drafting, provider, context, trigger, request.prompt, taken);
    how = {
      saved: generation.kind === "projected" && generation.projection === "saved",
      refund: generation.kind === "failed" && isUnbilled(generation.error),
    };
    return generation;
  } finally {
    await release(drafting, claim, how);
  }
}

/** Failures that the service surely billed nothing for, where no call before had been answered. */
const isUnbilled = ({ code, billed }: PredraftError): boolean =>
  billed.length === 0 &&
  ["model_throttled", "model_unreachable", "model_misconfigured", "model_rejected"].includes(code);

/** Keeps what came of a call: first in the history, then beside the interaction. */
async function keep(
  drafting: Drafting,
  provider: GuardedProvider,
  context: DraftContext,
  trigger: Trigger,
  prompt: Prompt,
  { result, warnings }: Taken,
): Promise<Generation> {
  const row = { ...rowOf(context, trigger), duration_ms: result.durationMs };
  const paid = { promptVersion: prompt.version, prices: drafting.settings().llm_prices };
  if (result.kind === "completed") {
    const { completion } = result;
    const columns = { ...row, ...callColumns(provider, { ...paid, ...completion }) };
    try {
      const draftId = await recordSurely(drafting, {
        ...columns,
        ...answerColumns(completion.answer),
        guardrail_warnings: warnings,
        outcome: "unprojected",
      });
      return { kind: "projected", projection: await project(drafting.sql, draftId, false) };
    } catch (error) {
      if (!(error instanceof PredraftError) || error.code !== "draft_unstorable") throw error;
      // Paid for nevertheless.
      await recordSurely(drafting, { ...columns, outcome: "failed", error_code: error.code });
      return { kind: "failed", error, provider };
    }
  }
  const failed = result.kind === "failed";
  const billed = failed ? result.error.billed : result.billed;
  const write = billed.length > 0 ? recordSurely : recordBriefly;
  await write(drafting, {
    ...row,
    ...callColumns(provider, { ...paid, billed }),
    outcome: failed ? "failed" : "aborted",
    error_code: failed ? result.error.code : result.kind,
  });
  return failed ? { kind: "failed", error: result.error, provider } : { kind: result.kind };
}

/** What cost nothing is worth one try. */
const recordBriefly = (drafting: Drafting, row: DraftRow): Promise<string> => record(drafting.sql, row);
