import type { Sql } from "../../db/client/connect.ts";
import { type BacklogItem, type EnqueueOptions, inBatches } from "./backlog.ts";

/**
 * Lists the interactions within ai_draft_max_age_days that want a draft and have no job, the backlog that attach holds back included:
 * the most urgent first, then the newest. One pass over the table, without locks.
 */
export async function readBacklog(sql: Sql, remote: boolean): Promise<BacklogItem[]> {
  return await sql.begin(async (tx) => {
    await tx`select set_config('predraft.include_held', 'on', true)`;
    return await tx<BacklogItem[]>`
      with found as materialized (
        select u.interaction_id as id, u.nth from predraft.unserved(${remote}) with ordinality u(interaction_id, nth)
      )
      select i.id::text as id, i.priority, coalesce(i.channel, '') as channel,
        i.channel is not distinct from 'review' and coalesce(btrim(i.text), '') = '' as free
      from found f join predraft.interactions i on i.id = f.id
      order by f.nth`;
  });
}

/** Adds a job for each, in batches that lock no row of the host; see `inBatches`. */
export async function enqueueBacklog(
  sql: Sql,
  items: readonly BacklogItem[],
  options: EnqueueOptions = {},
): Promise<number> {
  return await inBatches(items, options, async (ids) => {
    const [row] = await sql<{ added: number }[]>`select predraft.enqueue_ids(${ids}) as added`;
    return row?.added ?? 0;
  });
}
