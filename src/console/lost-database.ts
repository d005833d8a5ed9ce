import { isConnectionFault, isReadOnly } from "../../db/client/error-codes.ts";
import type { Fields } from "../log.ts";

/** What follows from a lost database comes up to this long after it. */
const echoMs = 15_000;
/** Parts of predraft whose complaints follow from a lost connection, if there was one. */
const followers = new Set<unknown>(["graphile-worker", "connection"]);

/**
 * Recognises lines of the log that only repeat that the database is away: each of some twenty connections breaks, and each task that
 * needs one fails. The worker tells it in one line when the database goes, and in one when it is back.
 */
export function recogniseLostDatabase(
  now: () => number = () => performance.now(),
): (fields: Fields) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return ({ err, from }) => {
    const fault = err !== undefined && (isConnectionFault(err) || isReadOnly(err));
    if (fault) last = now();
    return fault || (followers.has(from) && now() - last < echoMs);
  };
}
