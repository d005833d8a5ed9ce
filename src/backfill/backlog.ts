/** An interaction to draft. */
export interface BacklogItem {
  readonly id: string;
  readonly priority: string;
  readonly channel: string;
  /** Whether its draft needs no call: a review without text, or content that the history has a draft for. */
  readonly free: boolean;
}

/** The counts of a backlog by priority and channel, the most urgent first. */
export interface BacklogCount {
  readonly priority: string;
  readonly channel: string;
  readonly count: number;
  readonly free: number;
}

const batchSize = 1_000;

/** Counts a backlog by priority and channel, the most urgent first. */
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

/** How to stop and watch an enqueueing that takes long. */
export interface EnqueueOptions {
  readonly stopping?: AbortSignal;
  readonly onProgress?: (handled: number) => void;
}

/**
 * Enqueues all interactions in their order, in batches of 1,000. `enqueue` gets a Postgres array of ids and returns how many jobs it
 * added. If told to stop, it stops after the current batch; jobs that were added stay. Returns how many jobs were added.
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
