import type { Sql } from "../client.ts";

const batchSize = 1_000;

/** An interaction that wants a draft and has no job. */
export interface BacklogItem {
  readonly id: string;
  readonly priority: string;
  readonly channel: string;
  /** A review without text gets its final wording without a model. */
  readonly free: boolean;
}

/** Counts of a backlog by priority and channel; the most urgent first. */
export interface BacklogCount {
  readonly priority: string;
  readonly channel: string;
  readonly count: number;
  readonly free: number;
}

/**
 * What wants a draft within ai_draft_max_age_days and has no job, the backlog that attach holds back included: most urgent
 * first, then newest. One pass over the table that locks nothing.
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

/** The same by priority and channel. */
export function countBacklog(items: readonly BacklogItem[]): BacklogCount[] {
  const counts = new Map<string, { priority: string; channel: string; count: number; free: number }>();
  for (const { priority, channel, free } of items) {
    const key = `${priority} ${channel}`;
    const entry = counts.get(key) ?? { priority, channel, count: 0, free: 0 };
    entry.count += 1;
    entry.free += Number(free);
    counts.set(key, entry);
  }
  return [...counts.values()];
}

/**
 * Appends a job for each, in their order and in batches of 1,000, each a transaction of its own that locks no row of the
 * host's. Stops after the batch under way when told to; what is enqueued stays. Answers how many jobs were added.
 */
export async function enqueueBacklog(
  sql: Sql,
  items: readonly BacklogItem[],
  options: { readonly stopping?: AbortSignal; readonly onProgress?: (handled: number) => void } = {},
): Promise<number> {
  let added = 0;
  for (let from = 0; from < items.length && !options.stopping?.aborted; from += batchSize) {
    const batch = items.slice(from, from + batchSize);
    const [row] = await sql<{ added: number }[]>`
      select predraft.enqueue_ids(${`{${batch.map(({ id }) => id).join(",")}}`}) as added`;
    added += row?.added ?? 0;
    options.onProgress?.(from + batch.length);
  }
  return added;
}
