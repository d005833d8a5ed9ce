import { jitter, waitFor } from "../async/wait.ts";
import type { GuardedProvider } from "../llm/breaker.ts";
import { ModelError } from "../llm/errors/model-error.ts";
import type { Prompt } from "../llm/provider.ts";
import { briefOf, findCues } from "./build-brief.ts";
import { callModel } from "./call.ts";
import { type DraftContext, loadContext } from "./context.ts";
import { longestSleepMs } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import { type CheckedAnswer, createModelRequest, type ModelRequest } from "./model-request.ts";
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
import type { Trigger } from "./trigger.ts";

/** How one try at a generation ended. */
export type Generation =
  | { readonly kind: "projected"; readonly projection: Projection }
  | { readonly kind: "failed"; readonly error: ModelError; readonly provider: GuardedProvider }
  | { readonly kind: "superseded" | "cut_off" | "stopped" | "yielded" }
  | Exclude<Reservation, { kind: "go" | "retry" }>;

/**
 * Reserves a call, makes the call and saves its result. Holds no transaction open while the model works, and drops the
 * claim whatever happens after the reservation.
 */
export async function generate(
  deps: DraftDeps,
  context: DraftContext,
  trigger: Trigger,
): Promise<Generation> {
  const provider = deps.provider();
  const { id, hash } = context.interaction;
  const flight = deps.inFlight.enter(id, hash); // before the reservation re-reads the hash, so that no change is missed
  try {
    const modelRequest = prepare(deps, provider, context);
    const reservation = await reserveInTurn(deps, provider, context, trigger);
    if (reservation.kind !== "go") return reservation;
    if (replacesFinal(context, trigger) && !(await stillStands(deps, provider, context))) {
      await release(deps, reservation.claim, { saved: false, refund: true });
      return { kind: "reread" };
    }
    const reserved = { provider, context, trigger, claim: reservation.claim, superseded: flight.signal };
    return await withClaim(deps, reserved, modelRequest);
  } finally {
    flight.leave();
  }
}

/** Tells whether the draft to be replaced still stands; the claim's previous holder may have made the replacement already. */
async function stillStands(deps: DraftDeps, provider: GuardedProvider, seen: DraftContext): Promise<boolean> {
  const now = await loadContext(deps.sql, seen.interaction.id, {
    provider,
    trigger: "backfill",
  });
  return (
    now?.draft?.draft_id === seen.draft?.draft_id && now?.restorable?.draftId === seen.restorable?.draftId
  );
}

/**
 * Sleeps through waits for pace and global concurrency, and through short ones for the provider. After 5 s of sleep the job yields its
 * slot, because a more urgent job may have come.
 */
async function reserveInTurn(
  deps: DraftDeps,
  provider: GuardedProvider,
  context: DraftContext,
  trigger: Trigger,
): Promise<Exclude<Reservation, { kind: "retry" }> | { kind: "stopped" | "yielded" }> {
  for (let slept = 0; ; ) {
    if (deps.stopping.aborted) return { kind: "stopped" };
    const reservation = await reserve(deps, provider, context, trigger);
    if (reservation.kind === "retry" || isShort(reservation)) {
      if (slept >= longestSleepMs) return { kind: "yielded" };
      const waitMs = reservation.kind === "retry" ? reservation.waitMs : reservation.wait.forMs;
      const sleep = Math.min(waitMs, longestSleepMs - slept) + jitter(context.interaction.priority);
      if (!(await waitFor(sleep, deps.stopping))) return { kind: "stopped" };
      slept += sleep;
      continue;
    }
    if (reservation.kind === "claimed" && isOrphan(deps, context, reservation.holder)) {
      await release(deps, reservation.claim, { saved: false, refund: true }); // no call was made
      continue;
    }
    return reservation;
  }
}

/** True for a wait that is too short to pay for parking. */
const isShort = (reservation: Reservation): reservation is Extract<Reservation, { kind: "wait" }> =>
  reservation.kind === "wait" && reservation.wait.forMs <= longestSleepMs;

/** Tells whether this worker holds a claim that none of its generations knows, because the reservation's answer was lost. */
function isOrphan(deps: DraftDeps, context: DraftContext, holder: number): boolean {
  const { id, hash } = context.interaction;
  const flights = deps.inFlight
    .list()
    .filter((flight) => flight.interactionId === id && flight.hash === hash);
  return holder === deps.workerId && flights.length === 1;
}

/** Prepares the request: for a remote provider while the reservation is under way; our own rules need the cues first. */
function prepare(
  deps: DraftDeps,
  provider: GuardedProvider,
  context: DraftContext,
): () => Promise<ModelRequest> {
  const modelRequest = (cues: readonly string[]): ModelRequest =>
    createModelRequest(provider, deps.prompts, briefOf(context, cues));
  if (!provider.remote) return async () => modelRequest(await findCues(deps.sql, context));
  const written = meanwhile(() => modelRequest([]));
  return async () => written();
}

/** A reserved call. */
interface Reserved {
  readonly provider: GuardedProvider;
  readonly context: DraftContext;
  readonly trigger: Trigger;
  readonly claim: string;
  readonly superseded: AbortSignal;
}

async function withClaim(
  deps: DraftDeps,
  { provider, context, trigger, claim, superseded }: Reserved,
  modelRequest: () => Promise<ModelRequest>,
): Promise<Generation> {
  let how: { saved: boolean; refund: boolean } = { saved: false, refund: false };
  try {
    const { request, readResult } = await modelRequest();
    const checked = readResult(await callModel(deps, provider, request, superseded));
    if (checked.result.kind === "failed" && checked.result.error.code === "model_down") {
      how = { saved: false, refund: true }; // no service was asked
      return { kind: "reread" };
    }
    const generation = await saveResult(deps, provider, context, trigger, request.prompt, checked);
    how = {
      saved: generation.kind === "projected" && generation.projection === "saved",
      refund: generation.kind === "failed" && isUnbilled(generation.error),
    };
    return generation;
  } finally {
    await release(deps, claim, how);
  }
}

/** Tells whether the service surely billed nothing: by the failure, and if no earlier call was answered. */
const isUnbilled = ({ code, billed }: ModelError): boolean =>
  billed.length === 0 &&
  [
    "model_throttled",
    "model_unreachable",
    "model_misconfigured",
    "model_rejected",
    "model_refused",
    "model_unfit",
  ].includes(code);

/** Saves a call's result: first in the history, then beside the interaction. */
async function saveResult(
  deps: DraftDeps,
  provider: GuardedProvider,
  context: DraftContext,
  trigger: Trigger,
  prompt: Prompt,
  { result, warnings }: CheckedAnswer,
): Promise<Generation> {
  const row = { ...rowOf(context, trigger), duration_ms: result.durationMs };
  const paid = { promptVersion: prompt.version, prices: deps.settings().llm_prices };
  if (result.kind === "completed") {
    const { completion } = result;
    const columns = { ...row, ...callColumns(provider, { ...paid, ...completion }) };
    try {
      const draftId = await recordSurely(deps, {
        ...columns,
        ...answerColumns(completion.answer),
        guardrail_warnings: warnings,
        outcome: "unprojected",
      });
      return { kind: "projected", projection: await project(deps.sql, draftId, false) };
    } catch (error) {
      if (!(error instanceof ModelError) || error.code !== "draft_unstorable") throw error;
      // The call was paid for nevertheless.
      await recordSurely(deps, { ...columns, outcome: "failed", error_code: error.code });
      return { kind: "failed", error, provider };
    }
  }
  const failed = result.kind === "failed";
  const billed = failed ? result.error.billed : result.billed;
  const write = billed.length > 0 ? recordSurely : recordBriefly;
  await write(deps, {
    ...row,
    ...callColumns(provider, { ...paid, billed }),
    outcome: failed ? "failed" : "aborted",
    error_code: failed ? result.error.code : result.kind,
  });
  return failed ? { kind: "failed", error: result.error, provider } : { kind: result.kind };
}

/** A result that cost nothing gets one try. */
const recordBriefly = (deps: DraftDeps, row: DraftRow): Promise<string> => record(deps.sql, row);

/**
 * Does work on the processor while the answer to a query just sent is awaited, and keeps its result, also an error, until the
 * result is taken. If it is taken earlier, the work is done then; always exactly once.
 */
export function meanwhile<T>(work: () => T): () => T {
  let taken: (() => T) | undefined;
  const once = (): (() => T) => {
    taken ??= outcomeOf(work);
    return taken;
  };
  // Two turns, because the driver sends the query at the end of the first.
  setImmediate(() => setImmediate(once));
  return () => once()();
}

function outcomeOf<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
