import type { Task } from "graphile-worker";
import type { DraftDeps } from "../src/drafts/deps.ts";
import { wakeParked } from "../src/drafts/park-seller.ts";
import { followUpOf, nextRound, sweepAgain } from "../src/drafts/sweep.ts";

const batchSize = 1_000;

/**
 * The last resort: enqueues each interaction that has no job and wants a draft, or whose provisional draft has no reason any more; the
 * most urgent first, in batches of 1,000. Takes over settings whose notification was lost. After a change the sweep is repeated as long
 * as transactions are open that may not have seen the change. Running it at any time is harmless.
 */
export function createSweepDrafts(deps: DraftDeps): Task {
  return async (payload) => {
    const { sql, patientSql, log } = deps;
    const followUp = followUpOf(payload);
    const next = followUp && (await nextRound(sql, followUp));
    await sql`select predraft.sync_settings()`;
    await wakeParked(patientSql, followUp !== undefined);
    const { remote, name, model } = deps.provider();
    const found = await patientSql<
      { interaction_id: string }[]
    >`select interaction_id from predraft.unserved(${remote}, ${name}, ${model})`;
    const ids = found.map((row) => row.interaction_id);
    let enqueued = 0;
    for (let from = 0; from < ids.length && !deps.stopping.aborted; from += batchSize) {
      const [row] = await sql<{ added: number }[]>`
        select predraft.enqueue_ids(${ids.slice(from, from + batchSize)}) as added`;
      enqueued += row?.added ?? 0;
    }
    if (next !== undefined) await sweepAgain(sql, next);
    if (enqueued > 0) log.info({ enqueued }, "the sweep found interactions without a job");
  };
}
