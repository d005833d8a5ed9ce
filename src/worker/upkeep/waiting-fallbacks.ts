import { locks } from "../../../db/locks.ts";
import { circumstances } from "../../drafts/circumstances.ts";
import { loadContext } from "../../drafts/context.ts";
import { decide } from "../../drafts/decide.ts";
import type { DraftDeps } from "../../drafts/deps.ts";
import { writeFallback } from "../../drafts/fallback.ts";

/** A job that has waited this long gets a fallback; with the pause between rounds that makes less than 2 s. */
const patienceMs = 1_000;
/** Jobs looked at in one round, and rows that one round may wait for. */
const batchSize = 200;
const heldRowsARound = 3;
/** A row that a host held is tried again after this long. */
const heldRetryMs = 2_000;

type FallbackDeps = Pick<DraftDeps, "sql" | "settings" | "provider" | "prompts" | "log">;

interface Aged {
  readonly job_id: string;
  readonly interaction_id: string;
  readonly without_draft: boolean;
}

/**
 * Makes a function that writes provisional fallbacks for interactions whose job has waited for over a second because of a pace, a limit or
 * a backlog. One process does it at a time. Each round looks at the youngest jobs, and at the next part of all others: job ids are committed
 * out of order, so the jobs of a long transaction lie behind younger ones.
 */
export function createWaitingFallbacks(deps: FallbackDeps): (stopping: AbortSignal) => Promise<void> {
  let youngest = "0";
  let place = "0";
  const heldUntil = new Map<string, number>();

  const agedJobs = async (): Promise<Set<string>> => {
    const read = (after: string) => deps.sql<Aged[]>`
      select * from predraft.waiting_jobs(${after}, ${patienceMs}::float8 * interval '1 millisecond', ${batchSize})`;
    const [tail, round] = await Promise.all([read(youngest), read(place)]);
    youngest = tail.at(-1)?.job_id ?? youngest;
    place = round.length < batchSize ? "0" : (round.at(-1)?.job_id ?? "0");
    return new Set([...tail, ...round].filter((job) => job.without_draft).map((job) => job.interaction_id));
  };

  const writeAll = async (ids: ReadonlySet<string>, stopping: AbortSignal): Promise<void> => {
    for (const id of heldUntil.keys()) if (!ids.has(id)) heldUntil.delete(id);
    let held = 0;
    for (const id of ids) {
      if (stopping.aborted || held >= heldRowsARound) return;
      if ((heldUntil.get(id) ?? 0) > performance.now()) continue;
      if ((await writeSafely(deps, id)) !== "locked") continue;
      heldUntil.set(id, performance.now() + heldRetryMs);
      held += 1;
    }
  };

  return async (stopping) => {
    // The transaction only holds the lock. The work goes over other connections, each row by itself.
    await deps.sql.begin(async (tx) => {
      // If this machine is lost in the middle, the server would keep the transaction for two hours.
      const [lock] = await tx<{ mine: boolean }[]>`
        select pg_try_advisory_xact_lock(${locks.waitingFallbacks}) as mine, set_config('idle_in_transaction_session_timeout', '30s', true)`;
      if (lock?.mine) await writeAll(await agedJobs(), stopping);
    });
  };
}

/** An interaction that cannot be read does not keep the others from their fallbacks. */
async function writeSafely(deps: FallbackDeps, interactionId: string): Promise<string> {
  try {
    return await writeFallbackFor(deps, interactionId);
  } catch (error) {
    deps.log.debug({ err: error, interactionId }, "no fallback could be written");
    return "locked";
  }
}

/** Writes the fallback if a model's draft is on its way. The job itself carries out every other verdict. */
async function writeFallbackFor(deps: FallbackDeps, interactionId: string): Promise<string> {
  const context = await loadContext(deps.sql, interactionId, {
    provider: deps.provider(),
    trigger: "pregenerate",
  });
  if (context === null || context.draft !== null) return "shown already";
  const verdict = decide(context, circumstances(deps, { trigger: "pregenerate" }, false));
  if (verdict.kind === "fallback" && (verdict.reason === "daily_limit" || verdict.reason === "provider_down"))
    return await writeFallback(deps, context, "pregenerate", verdict.reason);
  if (verdict.kind !== "generate" && verdict.kind !== "wait") return verdict.kind;
  return await writeFallback(deps, context, "pregenerate", "waiting");
}
