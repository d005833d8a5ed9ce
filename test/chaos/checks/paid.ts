import { interactionOf, spelled } from "../content.ts";
import { cutting, type Diary, type Harm, wasDisturbed } from "../diary.ts";
import type { Check, Evidence, Recorded } from "../evidence.ts";
import { type Call, isPaid } from "../journal.ts";
import { sample } from "./sample.ts";

/** Why a call that was paid for has no result in the history. */
type Excuse =
  | "its worker was killed or stopped"
  | "its caller hung up at the end"
  | "its answer was mended by a second call"
  | "its interaction was deleted";

const databaseHarms: readonly Harm[] = [...cutting, "freeze_worker"];

/** A caller that hangs up while the last bytes are on their way is seen by its closing of the connection. */
const hangUpMs = 1_000;
/** What a process sent before it was killed arrives after it, and the two times are noted by two processes. */
const onItsWayMs = 100;
/** From an answer to its record in the history, on a busy machine. */
const recordMs = 5_000;
/** The same, while connections were cut. */
const disturbedMs = 20_000;

/** One paid generation a content version, by the model server's journal against the history. */
export function checkPaid(evidence: Evidence): Check[] {
  const { journal, history } = evidence;
  const paid = journal.filter(isPaid);
  const kept = new Set(history.filter((row) => !hasFailed(row)).map((row) => row.call));
  const lost = paid.filter((call) => !kept.has(call.n));
  const excuseOf = createExcuses(evidence);
  const excuses = new Map(lost.map((call) => [call, excuseOf(call)]));
  const unexplained = lost.filter((call) => excuses.get(call) === undefined);
  const counted = paid.filter((call) => excuses.get(call) === undefined);
  const versions = Map.groupBy(counted, versionOf(history));
  const twice = [...versions.values()].filter((calls) => calls.length > 1);
  const ratio = versions.size === 0 ? 0 : counted.length / versions.size;
  const unnamed = journal.filter((call) => call.marker === undefined).length;
  const explained = [...excuses.values()].filter((excuse) => excuse !== undefined);
  const describe = describing(evidence.diary);
  return [
    {
      name: "billed generations per content version",
      ok: twice.length === 0 && paid.length > 0 && unnamed === 0,
      found: `${ratio.toFixed(6)} (${counted.length} for ${versions.size} versions${sample(twice.map((calls) => calls.map(describe).join(" = ")))})`,
    },
    {
      name: "billed calls whose result is nowhere, and no cut-off explains it",
      ok: unexplained.length === 0,
      found: `${unexplained.length}${sample(unexplained.map(describe))}; explained: ${tallied(explained)}`,
    },
  ];
}

const endless = { endingAt: Number.POSITIVE_INFINITY, endedAt: Number.POSITIVE_INFINITY };

const hasFailed = ({ outcome }: Recorded): boolean => outcome === "aborted" || outcome === "failed";

function createExcuses({ journal, history, diary, there }: Evidence) {
  const spelledOf = (id: string | null): string => spelled(Number((id ?? "").replace(/^k-/, "")));
  const isThere = new Set([...there].map(spelledOf));
  const cutOff = history.filter((row) => row.outcome === "aborted" || row.error === "model_timeout");
  const cutCalls = new Set(cutOff.map((row) => row.call));
  const cutInteractions = new Set(cutOff.map((row) => spelledOf(row.k)));
  const repairs = Map.groupBy(
    journal.filter((call) => call.repair),
    (call) => `${call.caller} ${call.marker}`,
  );
  const lives = new Map(diary.lives.map((life) => [life.caller, life]));
  return (call: Call): Excuse | undefined => {
    const { endingAt: ending, endedAt: ended } = lives.get(call.caller) ?? endless;
    const disturbed = wasDisturbed(
      diary,
      databaseHarms,
      call.endedAt,
      Math.min(ending, call.endedAt + recordMs),
      recordMs,
    );
    const patience = disturbed ? disturbedMs : recordMs;
    const name = interactionOf(call.marker ?? "-");
    if (cutCalls.has(call.n)) return "its caller hung up at the end";
    const mending = repairs.get(`${call.caller} ${call.marker}`) ?? [];
    if (mending.some((next) => next.arrivedAt >= call.endedAt && next.arrivedAt < call.endedAt + hangUpMs))
      return "its answer was mended by a second call";
    if (ended >= call.arrivedAt - onItsWayMs && ending <= call.endedAt + patience)
      return "its worker was killed or stopped";
    const hungUp = call.closedAt > 0 && call.closedAt - call.endedAt < (disturbed ? disturbedMs : hangUpMs);
    if (hungUp && cutInteractions.has(name)) return "its caller hung up at the end";
    return isThere.has(name) ? undefined : "its interaction was deleted";
  };
}

/** The history knows the hash that a call was for; else the marker of the buyer's words tells the version. */
function versionOf(history: Evidence["history"]): (call: Call) => string {
  const rows = new Map(history.map((row) => [row.call, row]));
  return (call) => {
    const row = rows.get(call.n);
    return row === undefined ? (call.marker ?? "none") : `${row.interaction} ${row.hash}`;
  };
}

const describing =
  (diary: Diary) =>
  (call: Call): string => {
    const life = diary.lives.find((one) => one.caller === call.caller);
    const after = (at: number): string =>
      at > 0 && Number.isFinite(at) ? `${at < call.arrivedAt ? "" : "+"}${at - call.arrivedAt} ms` : "never";
    return `#${call.n} ${call.marker} by ${call.caller} at ${new Date(call.arrivedAt).toISOString().slice(11, 23)} (answered ${after(call.endedAt)}, closed ${after(call.closedAt)}, process ended ${after(life?.endingAt ?? 0)})`;
  };

const tallied = (names: readonly string[]): string =>
  [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${all.length} (${name})`).join(", ") || "0";
