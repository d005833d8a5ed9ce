import type { Check, Evidence } from "../evidence.ts";
import { sample } from "./sample.ts";

/** Every wanting interaction has its draft, none was ever stale, and nothing is left lying about. */
export function checkWork({ sightings, left, afterStop, ghosts }: Evidence): Check[] {
  const none = (name: string, count: number, found = String(count)): Check => ({
    name,
    ok: count === 0,
    found,
  });
  return [
    none("wanting interactions without a fresh draft", left.wanting),
    none("provisional drafts that nobody upgraded", left.unfinished),
    none(
      "stale drafts ever readable",
      sightings.stale.length,
      `${sightings.stale.length} in ${sightings.reads} looks at ${sightings.rowsRead} drafts${sample(sightings.stale)}`,
    ),
    none(
      "interactions that only the sweep would have found",
      sightings.orphans.length,
      `${sightings.orphans.length}${sample(sightings.orphans)}`,
    ),
    none("jobs left", left.jobs),
    none("jobs that ended without attempts", left.dead),
    none("locked jobs left", left.locked + afterStop.locked),
    none("claims left", left.claims + afterStop.claims),
    none("enqueue_misses left", left.misses),
    none(
      "history, claims and jobs of deleted interactions left",
      left.ghosts,
      `${left.ghosts}${sample(ghosts)}`,
    ),
  ];
}
