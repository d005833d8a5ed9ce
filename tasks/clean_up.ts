import type { Task } from "graphile-worker";
import type { DraftDeps } from "../src/drafts/deps.ts";

const batchSize = 1_000;

/**
 * Removes what predraft need not remember: history older than ai_draft_retention_days except the drafts that are shown, counters of
 * past windows, and jobs that failed for good long ago. It works in batches; running it at any time is harmless.
 */
export function createCleanUp(deps: DraftDeps): Task {
  return async () => {
    const { sql, stopping, log } = deps;
    let drafts = 0;
    for (let after: string | null = "0"; after !== null && !stopping.aborted; ) {
      const [row]: { last_id: string | null; removed: number }[] = await sql`
        select last_id, removed from predraft.clean_drafts(${after}, ${batchSize})`;
      drafts += row?.removed ?? 0;
      after = row?.last_id ?? null;
    }
    let others = 0;
    for (let removed = batchSize; removed >= batchSize && !stopping.aborted; others += removed) {
      const [row] = await sql<{ removed: number }[]>`select predraft.clean_usage(${batchSize}) as removed`;
      removed = row?.removed ?? 0;
    }
    if (drafts + others > 0) log.info({ drafts, others }, "cleaned up");
  };
}
