import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits until the condition holds: until it answers with something truthy, which is the result. It is asked again
 * after 5 ms at first, later every 50 ms. Throws naming `what` when that has not come true within `timeoutMs`
 * (10 s). A condition that throws ends the wait with its error.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000 }: { what: string; timeoutMs?: number },
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 5; ; pause = Math.min(pause * 2, 50)) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await delay(pause);
  }
}
