import { interactionOf, spelled } from "../content.ts";
import { cutting, type Diary, type Harm, wasDisturbed } from "../diary.ts";
import type { Check, Evidence } from "../evidence.ts";
import { type Call, isPaid } from "../journal.ts";
import { sample } from "./sample.ts";

/** Why a call that was paid for has no result in the history. */
type Excuse =
  | "its worker was killed or stopped"
  | "its caller hung up at the end"
  | "its interaction was deleted";

const databaseHarms: readonly Harm[] = [...cutting, "freeze_worker"];

/** A caller that hangs up while the last bytes are on their way is seen by its closing of the connection. */
const hangUpMs = 1_000;
/** From an answer to its record in the history, on a busy machine. */
const recordMs = 5_000;
/** The same, while connections were cut. */
const disturbedMs = 20_000;

/** One paid generation a content version, by the model server's journal against the history. */
export function checkPaid({ journal, history, diary, there }: Evidence): Check[] {
  const recorded = new Set(history.map((row) => row.call));
  const paid = journal.filter(isPaid);
  const lost = paid.filter((call) => !recorded.has(call.n));
  const lettersThere = new Set([...there].map((id) => spelled(Number(id.replace(/^k-/, "")))));
  const excuses = new Map<Call, Excuse>();
  const hungUp = new Set(
    history.filter((row) => row.outcome === "aborted" || row.error === "model_timeout").map((row) => row.k),
  );
  const nameOf = (call: Call): string => interactionOf(call.marker ?? "-");
  const hungUpLetters = new Set([...hungUp].map((k) => spelled(Number((k ?? "").replace(/^k-/, "")))));
  for (const call of lost) {
    const excuse = excuseOf(call, diary, {
      isGone: !lettersThere.has(nameOf(call)),
      hungUp: hungUpLetters.has(nameOf(call)),
    });
    if (excuse !== undefined) excuses.set(call, excuse);
  }
  const kept = paid.filter((call) => recorded.has(call.n) || !excuses.has(call));
  const versions = Map.groupBy(kept, (call) => versionOf(call, history));
  const twice = [...versions].filter(([, calls]) => calls.length > 1);
  const ratio = versions.size === 0 ? 0 : kept.length / versions.size;
  const unnamed = journal.filter((call) => call.marker === undefined).length;
  return [
    {
      name: "billed generations per content version",
      ok: twice.length === 0 && paid.length > 0 && unnamed === 0,
      found: `${ratio.toFixed(6)} (${kept.length} for ${versions.size} versions${sample(twice.map(([, calls]) => calls.map(describe).join(" = ")))})`,
    },
    {
      name: "billed calls whose result is nowhere, and no cut-off explains it",
      ok: excuses.size === lost.length,
      found: `${lost.length - excuses.size}${sample(lost.filter((call) => !excuses.has(call)).map(describe))}; explained: ${tallied([...excuses.values()])}`,
    },
  ];
}

function excuseOf(
  call: Call,
  diary: Diary,
  { isGone, hungUp }: { isGone: boolean; hungUp: boolean },
): Excuse | undefined {
  const life = diary.lives.find((one) => one.caller === call.caller);
  const ending = life?.endingAt ?? Number.POSITIVE_INFINITY;
  const disturbed = wasDisturbed(diary, databaseHarms, call.endedAt, call.endedAt, recordMs);
  if (ending >= call.arrivedAt && ending <= call.endedAt + (disturbed ? disturbedMs : recordMs))
    return "its worker was killed or stopped";
  if (hungUp && call.closedAt > 0 && call.closedAt - call.endedAt < (disturbed ? disturbedMs : hangUpMs))
    return "its caller hung up at the end";
  if (isGone) return "its interaction was deleted";
  return undefined;
}

/** The history knows the hash that a call was for; else the marker of the buyer's words tells the version. */
function versionOf(call: Call, history: Evidence["history"]): string {
  const row = history.find((one) => one.call === call.n);
  return row === undefined ? (call.marker ?? "none") : `${row.interaction} ${row.hash}`;
}

const describe = (call: Call): string =>
  `#${call.n} ${call.marker} by ${call.caller} at ${new Date(call.arrivedAt).toISOString().slice(11, 23)}`;

const tallied = (names: readonly string[]): string =>
  [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${all.length} (${name})`).join(", ") || "0";
