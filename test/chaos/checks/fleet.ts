import { cutting, type Harm, wasDisturbed } from "../diary.ts";
import type { Check, Evidence } from "../evidence.ts";
import { sample } from "./sample.ts";

/** A stop asked for takes no longer than this, whatever the database does. */
const longestStopMs = 45_000;

/** What takes a connection from a start that cannot do without it; a worker that works already listens anew. */
const startling: readonly Harm[] = [...cutting, "deafen", "freeze_listener"];

/** Workers end when they are told to, with 0, and never by themselves; but for a start without a database. */
export function checkFleet({ diary }: Evidence): Check {
  const strange = diary.lives.filter(({ asked, exit, workingAt, from, endingAt, endedAt }) => {
    if (asked === "kill") return false;
    if (asked === "term") {
      const early = endingAt < workingAt; // Node's own answer to a signal that nobody listens for yet
      return !early && (exit !== 0 || endedAt - endingAt > longestStopMs);
    }
    return (
      exit !== undefined && !(workingAt > endedAt && wasDisturbed(diary, startling, from, endedAt, 2_000))
    );
  });
  const stops = diary.lives
    .filter((life) => life.asked === "term")
    .map((life) => life.endedAt - life.endingAt);
  return {
    name: "workers that ended by themselves, or not as told",
    ok: strange.length === 0,
    found: `${strange.length} of ${diary.lives.length} (longest stop ${Math.max(0, ...stops)} ms)${sample(strange.map((life) => `${life.caller}: ${life.asked ?? "unasked"}, ${life.exit}`))}`,
  };
}
