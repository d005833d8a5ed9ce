import { PredraftError, withBilled } from "../errors.ts";
import type { DraftAnswer } from "../llm/answer.ts";
import type { GuardedProvider } from "../llm/breaker.ts";
import type { Prompt } from "../llm/provider.ts";
import { briefOf, findCues } from "./brief.ts";
import { type CallResult, callModel } from "./call.ts";
import type { DraftContext } from "./context.ts";
import type { Trigger } from "./decide.ts";
import type { Drafting } from "./drafting.ts";
import { outgoingBrief } from "./outgoing.ts";
import { type Reservation, release, reserve } from "./reserve.ts";
import { restored, withoutTraces } from "./reveal.ts";
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
import { jitter, waitFor } from "./wait.ts";

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
    const reservation = await reserveInTurn(drafting, provider, context, trigger);
    if (reservation.kind !== "go") return reservation;
    return await withClaim(drafting, provider, context, trigger, reservation.claim, flight.signal);
  } finally {
    flight.leave();
  }
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

async function withClaim(
  drafting: Drafting,
  provider: GuardedProvider,
  context: DraftContext,
  trigger: Trigger,
  claim: string,
  superseded: AbortSignal,
): Promise<Generation> {
  let how: { saved: boolean; refund: boolean } = { saved: false, refund: false };
  try {
    const whole = briefOf(context, provider.remote ? [] : await findCues(drafting.sql, context));
    const { brief, mask } = outgoingBrief(whole);
    const prompt = drafting.prompts.write(brief);
    // A remote provider is not even given what it must not send.
    const request = { brief: provider.remote ? brief : whole, prompt };
    const result = shown(await callModel(drafting, provider, request, superseded), (answer) =>
      withoutTraces(restored(answer, mask, whole.channel)),
    );
    if (result.kind === "failed" && result.error.code === "model_down") {
      how = { saved: false, refund: true }; // nobody was asked
      return { kind: "reread" };
    }
    const generation = await keep(drafting, provider, context, trigger, prompt, result).catch(
      asFailed(provider),
    );
    how = {
      saved: generation.kind === "projected" && generation.projection === "saved",
      refund: generation.kind === "failed" && isUnbilled(generation.error),
    };
    return generation;
  } finally {
    await release(drafting, claim, how);
  }
}

/** A finished call with its answer as people may see it; one whose answer cannot be shown has failed. */
function shown(result: CallResult, reveal: (answer: DraftAnswer) => DraftAnswer): CallResult {
  if (result.kind !== "completed") return result;
  const { completion, durationMs } = result;
  try {
    return { ...result, completion: { ...completion, answer: reveal(completion.answer) } };
  } catch (error) {
    if (!(error instanceof PredraftError)) throw error;
    return { kind: "failed", error: withBilled(error, completion.billed), durationMs };
  }
}

/** An answer that cannot be stored has failed; anything else that goes wrong here is the job's to report. */
const asFailed =
  (provider: GuardedProvider) =>
  (error: unknown): Generation => {
    if (error instanceof PredraftError && error.code === "draft_unstorable")
      return { kind: "failed", error, provider };
    throw error;
  };

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
  result: CallResult,
): Promise<Generation> {
  const row = { ...rowOf(context, trigger), duration_ms: result.durationMs };
  const paid = { promptVersion: prompt.version, prices: drafting.settings().llm_prices };
  if (result.kind === "completed") {
    const draftId = await recordSurely(drafting, {
      ...row,
      ...callColumns(provider, { ...paid, ...result.completion }),
      ...answerColumns(result.completion.answer),
      outcome: "unprojected",
    });
    return { kind: "projected", projection: await project(drafting.sql, draftId, false) };
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
