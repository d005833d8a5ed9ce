import { isAboutContent } from "../llm/evidence.ts";
import { circumstances } from "./circumstances.ts";
import { type DraftContext, loadContext } from "./context.ts";
import { decide, type Verdict } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import { writeFallback } from "./fallback.ts";
import { type Generation, generate } from "./generate.ts";
import { giveBack, type JobRun, park, parkBehindFallback, parkWithSeller } from "./park.ts";
import { pauseProvider } from "./reserve.ts";
import { announce, forget, type Projection, project } from "./save.ts";

/** How one run of a job ended, for its log line. */
export type Outcome = string;

/** The pause before another try at a row that a host transaction has locked. */
const lockedRetryMs = 2_000;
/** The pause for a provider that throttles without naming a time. */
const throttledPauseMs = 5_000;
/** The longest wait for a failed service, which may name hours. */
const longestToldWaitMs = 60_000;
/** The most times that one run reads content that keeps changing; the job of the last change does the rest. */
const mostReadings = 5;

/**
 * Runs one job: reads the interaction, decides, acts. Resolves when the job is done, parked or given back;
 * rejects with the model's error if the attempt is spent and others are left.
 */
export async function runJob(deps: DraftDeps, run: JobRun): Promise<Outcome> {
  for (let reading = 0; reading < mostReadings; reading += 1) {
    if (deps.stopping.aborted) {
      await giveBack(deps, run);
      return "given back";
    }
    const context = await loadContext(deps.sql, run.interactionId, {
      provider: deps.provider(),
      trigger: run.trigger,
    });
    const verdict = decide(context, circumstances(deps, run, false));
    const outcome = await applyVerdict(deps, run, context as DraftContext, verdict);
    if (outcome !== undefined) return outcome;
  }
  await park(deps, run, { forMs: lockedRetryMs });
  return "parked: changes too fast";
}

/** Carries a verdict out. Undefined: the interaction changed meanwhile and must be read again. */
async function applyVerdict(
  deps: DraftDeps,
  run: JobRun,
  context: DraftContext,
  verdict: Verdict,
): Promise<Outcome | undefined> {
  switch (verdict.kind) {
    case "skip":
      if (verdict.reason === "gone") await forget(deps.sql, run.interactionId);
      return `skipped: ${verdict.reason}`;
    case "restore": {
      const projection = await project(deps.sql, verdict.draftId, false);
      if (projection === "saved") await announce(deps.sql, context);
      return await afterProjection(deps, run, projection, "restored");
    }
    case "fallback": {
      if (verdict.reason === "daily_limit") {
        await parkWithSeller(deps, context, run, verdict.wait, "daily_limit");
        return "parked behind a fallback: daily_limit";
      }
      const reason = verdict.reason === "rating_only" ? null : verdict.reason;
      const projection = await writeFallback(deps, context, run.trigger, reason, deps.provider());
      // The provider has recovered meanwhile, and the run that enqueued the upgrades may not have seen this draft.
      if (verdict.reason === "provider_down" && deps.provider().admits) return undefined;
      return await afterProjection(deps, run, projection, `fallback: ${verdict.reason}`);
    }
    case "wait":
      await parkWithSeller(deps, context, run, verdict.wait, "waiting");
      return `parked: ${verdict.reason}`;
    case "generate": {
      const generation = await deps.limit(() => generate(deps, context, upgraded(run, verdict)));
      return await afterGeneration(deps, run, context, generation);
    }
  }
}

/** Records in the history that a job replaces a provisional draft. */
const upgraded = (run: JobRun, verdict: Verdict) =>
  run.trigger === "pregenerate" && verdict.reason === "upgrade" ? "upgrade" : run.trigger;

async function afterProjection(
  deps: DraftDeps,
  run: JobRun,
  projection: Projection,
  done: string,
): Promise<Outcome | undefined> {
  if (projection === "superseded" || projection === "gone") return undefined;
  if (projection !== "locked") return projection === "saved" ? done : projection;
  // Not as a forced job, which would pay again; this one finds the result in the history.
  const trigger = run.trigger === "backfill" ? "backfill" : "pregenerate";
  await park(deps, { ...run, trigger }, { forMs: lockedRetryMs });
  return "parked: row locked";
}

async function afterGeneration(
  deps: DraftDeps,
  run: JobRun,
  context: DraftContext,
  generation: Generation,
): Promise<Outcome | undefined> {
  switch (generation.kind) {
    case "projected":
      return await afterProjection(deps, run, generation.projection, "generated");
    case "claimed":
      if (run.trigger !== "backfill") return "left to the holder of the claim";
      // If the holder saves nothing, only an ordinary job follows, which would leave an older draft, or an old row, alone.
      await park(deps, run, { forMs: lockedRetryMs });
      return "parked: claimed";
    case "reread":
    case "superseded":
      return undefined;
    case "cut_off":
    case "stopped":
    case "yielded":
      await giveBack(deps, run);
      return "given back";
    case "fallback":
    case "wait":
      return await applyVerdict(deps, run, context, generation);
    case "failed":
      return await afterFailure(deps, run, context, generation);
  }
}

/**
 * Acts on a failed call. If the service asks to wait, the job waits. If the call showed that the provider is down, the interaction is
 * judged again: another provider may be asked, or a fallback stays until this one is back. Anything else spends an attempt, behind a
 * fallback, whatever the provider's state, because a fault of the content does not go away with an outage.
 */
async function afterFailure(
  deps: DraftDeps,
  run: JobRun,
  context: DraftContext,
  { error, provider }: Extract<Generation, { kind: "failed" }>,
): Promise<Outcome | undefined> {
  if (error.code === "model_throttled") {
    deps.onThrottled();
    const forMs = error.retryAfterMs ?? throttledPauseMs;
    const news = await pauseProvider(deps, provider, forMs, "throttled");
    if (news) deps.log.warn({ provider: provider.name, code: error.code, waitMs: forMs }, error.message);
    await parkBehindFallback(deps, context, run, { forMs }, "waiting");
    return `parked: ${error.code}`;
  }
  if (!isAboutContent(error) && !provider.admits) return undefined;
  if (!isAboutContent(error) && error.retryAfterMs !== undefined) {
    const forMs = Math.min(error.retryAfterMs, longestToldWaitMs);
    await parkBehindFallback(deps, context, run, { forMs }, "provider_down");
    return `parked: ${error.code}`;
  }
  if (run.attemptsLeft > 0 && error.retryable) {
    await writeFallback(deps, context, run.trigger, "provider_down");
    throw error;
  }
  deps.log.warn({ interactionId: run.interactionId, code: error.code }, "attempts spent");
  if (error.code === "model_refused") {
    const projection = await writeFallback(deps, context, run.trigger, "refused", provider);
    return await afterProjection(deps, run, projection, "fallback: refused");
  }
  const verdict = decide(context, circumstances(deps, run, true));
  return await applyVerdict(deps, run, context, verdict);
}
