/** An interaction that is to be drafted. */
export interface BacklogItem {
  readonly id: string;
  readonly priority: string;
  readonly channel: string;
  /** Its draft needs no call: a review without text, or one that the history holds a draft for. */
  readonly free: boolean;
}

/** Counts of a backlog by priority and channel; the most urgent first. */
export interface BacklogCount {
  readonly priority: string;
  readonly channel: string;
  readonly count: number;
  readonly free: number;
}

const batchSize = 1_000;

/** A backlog, the most urgent first, by priority and channel. */
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

/** How a long enqueueing is ended and watched. */
export interface EnqueueOptions {
  readonly stopping?: AbortSignal;
  readonly onProgress?: (handled: number) => void;
}

/**
 * Has each enqueued, in their order and in batches of 1,000; `enqueue` gets a Postgres array of ids and answers how many jobs were
 * added. Stops after the batch under way when told to; what is enqueued stays. Answers how many jobs were added.
 */
export async function inBatches(
  items: readonly BacklogItem[],
  options: EnqueueOptions,
  enqueue: (ids: string) => Promise<number>,
): Promise<number> {
  let added = 0;
  for (let from = 0; from < items.length && !options.stopping?.aborted; from += batchSize) {
    const batch = items.slice(from, from + batchSize);
    added += await enqueue(`{${batch.map(({ id }) => id).join(",")}}`);
    options.onProgress?.(from + batch.length);
  }
  return added;
}
