import type { Sql } from "../../db/client/connect.ts";

/** Moves a seller's waiting jobs, neither urgent nor requested, to a time of the server's clock. */
export type ParkSeller = (sellerId: string, until: Date) => Promise<void>;

/** Jobs are moved this often during a flood of new rows, not at each denial: one move takes all that wait of the seller. */
const pauseMs = 1_000;

/** Makes a `ParkSeller` that acts at most once a second for each seller. */
export function createParkSeller(sql: Sql, now: () => number = () => performance.now()): ParkSeller {
  const lastAt = new Map<string, number>();
  return async (sellerId, until) => {
    for (const [seller, at] of lastAt) if (now() - at >= pauseMs) lastAt.delete(seller);
    if (lastAt.has(sellerId)) return;
    lastAt.set(sellerId, now());
    await sql`select predraft.park_seller(${sellerId}, ${until})`;
  };
}

const batchSize = 10_000;

/**
 * Makes parked jobs due now, in batches: all of them after a limit was `raised`, else those of sellers at no limit any more. Part of
 * every sweep: running jobs may park by the old limit, so the sweep that follows a change wakes them again.
 */
export async function wakeParked(sql: Sql, raised: boolean): Promise<void> {
  for (let woken = batchSize; woken >= batchSize; ) {
    const [row] = await sql<
      { woken: number }[]
    >`select predraft.wake_parked(${batchSize}, ${raised}) as woken`;
    woken = row?.woken ?? 0;
  }
}
