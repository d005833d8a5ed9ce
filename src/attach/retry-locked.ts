import { setTimeout as sleep } from "node:timers/promises";
import type { TransactionSql } from "postgres";
import type { Sql } from "../../db/client/connect.ts";
import { PredraftError } from "../errors.ts";

/** lock_not_available, deadlock_detected. */
const busy: ReadonlySet<unknown> = new Set(["55P03", "40P01"]);

/** How long to try, and who is told of each wait. */
export interface RetryLockedOptions {
  /** Milliseconds; 300,000. */
  readonly patienceMs?: number;
  /** Called once, when the first try finds the lock taken. */
  readonly onWait?: (what: string) => void;
}

/**
 * Runs a transaction that waits at most 100 ms for each lock, again and again with jitter until it gets them: whoever queues
 * behind it does so no longer than that. Throws `detach_locked` when its patience ends; nothing of it is done then.
 */
export async function retryLocked(
  sql: Sql,
  what: string,
  { patienceMs = 300_000, onWait }: RetryLockedOptions,
  work: (tx: TransactionSql) => Promise<void>,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await sql.begin(async (tx) => {
        await tx`set local lock_timeout = '100ms'`;
        // An autovacuum gives way to who has waited this long; by default 1 s, which we never wait. Only a superuser may say so.
        await tx`select set_config('deadlock_timeout', '50ms', true) from pg_catalog.pg_roles where rolname = current_user and rolsuper`;
        await work(tx);
      });
      return;
    } catch (error) {
      if (!busy.has((error as { code?: unknown }).code)) throw error;
      if (performance.now() > deadline) {
        throw new PredraftError(
          `${what}: the lock could not be had within ${Math.round(patienceMs / 1000)} s`,
          {
            code: "detach_locked",
            retryable: true,
            hint: "Stop the host's long transactions for a moment and run it again; what is done already stays done.",
          },
        );
      }
      if (attempt === 1) onWait?.(what);
      await sleep(50 + Math.random() * 250);
    }
  }
}
