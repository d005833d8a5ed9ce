import type { Harm } from "../diary.ts";
import { wasDisturbed } from "../diary.ts";
import type { Check, Evidence } from "../evidence.ts";
import { sample } from "./paid.ts";

/** Every wanting interaction has its draft, none was ever stale, and nothing is left lying about. */
export function checkWork({ sightings, left, afterStop }: Evidence): Check[] {
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
    none("history, claims and jobs of deleted interactions left", left.ghosts),
  ];
}

const cutting: readonly Harm[] = ["restart", "crash", "terminate", "exhaust"];
const connectionFault = /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|08|57P0|53300|database_stuck)/;

/** A statement of the ingest fails where its connection was cut, and for no other reason. */
export function checkIngest({ diary }: Evidence): Check {
  const strange = diary.failures.filter(
    ({ code, at, until }) => !(connectionFault.test(code) && wasDisturbed(diary, cutting, at, until, 3_000)),
  );
  return {
    name: "failed ingest statements that the adversary did not cause",
    ok: strange.length === 0,
    found: `${strange.length} of ${diary.counts["statements"]}${sample(strange.map(({ code, what }) => `${code} in ${what}`))}; cut off by it: ${diary.failures.length - strange.length}`,
  };
}

/** A stop asked for takes no longer than this, whatever the database does. */
const longestStopMs = 45_000;

/** Workers end when they are told to, with 0, and never by themselves; but for a start without a database. */
export function checkFleet({ diary }: Evidence): Check {
  const strange = diary.lives.filter(({ asked, exit, workingAt, from, endingAt, endedAt }) => {
    if (asked === "kill") return false;
    if (asked === "term") {
      const early = endingAt < workingAt; // Node's own answer to a signal that nobody listens for yet
      return !early && (exit !== 0 || endedAt - endingAt > longestStopMs);
    }
    return exit !== undefined && !(workingAt > endedAt && wasDisturbed(diary, cutting, from, endedAt, 2_000));
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

const deafening: readonly Harm[] = [
  ...cutting,
  "kill",
  "term",
  "lock",
  "idle",
  "deafen",
  "freeze_listener",
  "freeze_worker",
];
/** A notification takes milliseconds; the rest is for a busy machine. */
const abortMs = 1_500;

/** Calls end when their content has changed, is closed or gone. Judged where nothing stood in the way. */
export function checkAborts({ journal, diary }: Evidence): Check {
  const endings = Map.groupBy(diary.superseded, ({ marker }) => marker);
  let judged = 0;
  const late = journal.filter((call) => {
    const ending = endings.get(call.marker ?? "")?.find(({ at }) => at > call.arrivedAt && at < call.endedAt);
    if (ending === undefined || wasDisturbed(diary, deafening, ending.at, call.endedAt, 2_000)) return false;
    judged += 1;
    return call.endedAt - ending.at > abortMs;
  });
  return {
    name: "calls that went on after their content had changed",
    ok: late.length === 0,
    found: `${late.length} of ${judged} judged${sample(late.map((call) => `#${call.n} ${call.marker}`))}`,
  };
}

/** What one harm can keep from being given back: the reservations under way in all processes. */
const lostToAHarm = 30;

/** Postgres counts what was billed or cut off, and gives back what was refused. */
export function checkCharges({ journal, charged, diary, history }: Evidence): Check {
  const first = journal.filter((call) => !call.repair);
  const refused = first.filter((call) => call.fate === "throttled" && call.end === "refused").length;
  const billed = first.length - refused;
  // Charged, and hung up before the call had arrived.
  const unarrived =
    history.filter((row) => row.outcome === "aborted").length +
    lostToAHarm * diary.disturbances.filter(({ harm }) => harm !== "lock" && harm !== "idle").length;
  const ok =
    charged <= billed + unarrived &&
    charged >= journal.filter((call) => call.end === "billed" && !call.repair).length;
  return {
    name: "calls charged to sellers, against calls that a service may bill",
    ok,
    found: `${charged} charged, ${billed} made but for ${refused} throttled`,
  };
}
