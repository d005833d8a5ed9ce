import { setTimeout as sleep } from "node:timers/promises";

/** Sleeps for so many milliseconds, or until the signal fires. True if the time has passed. */
export async function waitFor(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** A random delay in milliseconds, so that many waiters do not come back at once; urgent ones come back first. */
export function jitter(priority: string): number {
  return priority === "urgent" ? Math.random() * 5 : 10 + Math.random() * 40;
}
