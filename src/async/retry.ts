import type { Drafting } from "../drafts/deps.ts";
import { waitFor } from "./wait.ts";

/** How `persist` goes on after a failure. */
export interface Persistence {
  /** Milliseconds between tries. */
  readonly pauseMs: number;
  /** Whether the same again can succeed; by default always. */
  readonly worthwhile?: (error: unknown) => boolean;
  /** Logged at each failure; absent: said by nobody. */
  readonly complaint?: string;
}

/**
 * Does again and again what must not be lost when the database is away. Rejects with the last error where another try is not
 * worthwhile, or once the shutdown's cut-off fires.
 */
export async function persist<T>(
  drafting: Pick<Drafting, "log" | "cutOff">,
  { pauseMs, worthwhile = () => true, complaint }: Persistence,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!worthwhile(error)) throw error;
      if (complaint !== undefined) drafting.log.warn({ err: error }, complaint);
      if (!(await waitFor(pauseMs, drafting.cutOff))) throw error;
    }
  }
}
