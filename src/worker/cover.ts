import type { Sql } from "../../db/client.ts";
import { circumstances } from "../drafts/attempt.ts";
import { loadContext } from "../drafts/context.ts";
import { decide } from "../drafts/decide.ts";
import type { Drafting } from "../drafts/drafting.ts";
import { writeFallback } from "../drafts/fallback.ts";
import type { Flight } from "../drafts/in-flight.ts";

/** Work that has waited this long gets something to show; with the pause between rounds that stays under 2 s. */
const patienceMs = 1_000;
const batchSize = 100;
/** Any constant will do, as long as every predraft takes the same one. */
const coverLock = 1886545256;

type CoverDrafting = Pick<Drafting, "sql" | "settings" | "provider" | "log" | "inFlight">;

/**
 * Makes a function that writes provisional fallbacks for interactions whose job has waited for over a second, behind a pace,
 * a limit or a backlog. It looks at each job once; one process does it at a time.
 */
export function createCover(drafting: CoverDrafting): () => Promise<void> {
  let lastSeen = "0";
  const again = new Set<string>();
  return async () => {
    await drafting.sql.begin(async (tx) => {
      const [lock] = await tx<{ mine: boolean }[]>`select pg_try_advisory_xact_lock(${coverLock}) as mine`;
      if (!lock?.mine) return;
      const jobs = await tx<{ job_id: string; interaction_id: string; uncovered: boolean }[]>`
        select * from predraft.uncovered_jobs(${lastSeen}, ${patienceMs}::float8 * interval '1 millisecond', ${batchSize})`;
      const uncovered = new Set([
        ...again,
        ...jobs.filter((job) => job.uncovered).map((job) => job.interaction_id),
      ]);
      again.clear();
      for (const id of uncovered) {
        if ((await cover(drafting, id)) === "locked") again.add(id);
      }
      lastSeen = jobs.at(-1)?.job_id ?? lastSeen;
    });
  };
}

/**
 * Makes a function that does the same for what this process has under way: a job that goes on with content that changed
 * under it is not a new one, and one that a long host transaction added comes behind younger ones.
 */
export function createFlightCover(drafting: CoverDrafting): () => Promise<void> {
  const shown = new WeakSet<Flight>();
  return async () => {
    for (const flight of drafting.inFlight.list()) {
      if (shown.has(flight) || performance.now() - flight.since < patienceMs) continue;
      if ((await cover(drafting, flight.interactionId)) !== "locked") shown.add(flight);
    }
  };
}

/** Writes the fallback where a model's draft is on its way; every other verdict is the job's own to carry out. */
async function cover(drafting: CoverDrafting, interactionId: string): Promise<string> {
  const context = await loadContext(drafting.sql as Sql, interactionId, drafting.provider().name);
  if (context === null || context.draft !== null) return "covered";
  const verdict = decide(context, circumstances(drafting, { trigger: "pregenerate" }, false), new Date());
  if (verdict.kind !== "generate" && verdict.kind !== "wait") return verdict.kind;
  return await writeFallback(drafting, context, "pregenerate", "waiting");
}
