import type { Logger } from "../log.ts";
import { waitFor } from "./wait.ts";

/** How `retry` goes on after a failure. */
export interface RetryOptions {
  /** Milliseconds between tries. */
  readonly pauseMs: number;
  /** Whether another try can succeed; by default always true. */
  readonly worthwhile?: (error: unknown) => boolean;
  /** Logged at each failure; if absent, nothing is logged. */
  readonly complaint?: string;
}

/**
 * Tries `work` until it succeeds, for what must not be lost while the database is away. Rejects with the last error if another try is
 * not worthwhile, or once `cutOff` fires.
 */
export async function retry<T>(
  { log, cutOff }: { readonly log: Logger; readonly cutOff: AbortSignal },
  { pauseMs, worthwhile = () => true, complaint }: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!worthwhile(error)) throw error;
      if (complaint !== undefined) log.warn({ err: error }, complaint);
      if (!(await waitFor(pauseMs, cutOff))) throw error;
    }
  }
}
