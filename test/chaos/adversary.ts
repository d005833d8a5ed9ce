import { setTimeout as delay } from "node:timers/promises";
import { type Diary, during, type Harm } from "./diary.ts";
import { harming, type Victim } from "./harms.ts";
import { dice } from "./random.ts";

/** All other harms may be under way while the next one begins. */
const blocking: ReadonlySet<Harm> = new Set(["restart", "crash", "terminate"]);

/**
 * Does one harm after another until told to stop, and resolves when the last one is over. A harm that another one undoes (a lock
 * whose session is ended) is over early.
 */
export async function rage(
  victim: Omit<Victim, "draw">,
  diary: Diary,
  seed: number,
  stopping: AbortSignal,
): Promise<void> {
  const { profile } = victim;
  const underWay = new Set<Promise<void>>();
  for (let n = 0; Object.keys(profile.harms).length > 0 && !stopping.aborted; n += 1) {
    const draw = dice(seed, `harm/${n}`);
    const harm = draw.weighted(profile.harms as Record<Harm, number>);
    const done: Promise<void> = during(diary, harm, () => harming[harm]({ ...victim, draw }))
      .catch((error: unknown) => {
        if (!isOwnDoing(error)) throw error;
      })
      .finally(() => underWay.delete(done));
    underWay.add(done);
    if (blocking.has(harm)) await done;
    await delay(draw.between(...profile.respite), undefined, { signal: stopping }).catch(() => undefined);
  }
  await Promise.all(underWay);
}

/** One harm can end the sessions of another, or keep it from getting any. */
const isOwnDoing = (error: unknown): boolean =>
  /^(CONNECT|ECONN|EPIPE|57P0|53300|08|database_stuck)/.test(String((error as { code?: unknown }).code));
