import type { Sql } from "../../../db/client/connect.ts";

const batchSize = 1_000;

/** Does what triggers could not: enqueues misses, removes what belonged to deleted interactions, refreshes threads. */
export async function drainMisses(sql: Sql, greenfield: boolean, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const [row] = await sql<{ done: number }[]>`select predraft.drain_misses(${batchSize}) as done`;
    if ((row?.done ?? 0) < batchSize) break;
  }
  if (!greenfield) return;
  // One thread a statement; a row that is still held is recorded anew, so the rows there are now bound the loop.
  const [waiting] = await sql<{ threads: number }[]>`
    select count(distinct interaction_id)::int as threads from predraft.enqueue_misses where reason like 'thread %'`;
  for (let left = waiting?.threads ?? 0; left > 0 && !stopping.aborted; left -= 1) {
    await sql`select predraft.drain_thread()`;
  }
}
