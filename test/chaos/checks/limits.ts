import { interactionOf, sellerOf, spelled } from "../content.ts";
import type { Diary } from "../diary.ts";
import type { Check, Evidence } from "../evidence.ts";
import { type Call, isPaid } from "../journal.ts";
import { sample } from "./sample.ts";

/** A changed setting reaches every process within this; where none is changed nothing is tolerated. */
const settlingMs = 8_000;
const cycleMs = 300_000;

/** A billed call that limits apply to, with its seller. */
interface Limited {
  readonly call: Call;
  readonly seller: number;
}

/** No billed call beyond a limit in any of its windows, by the journal against the settings of the time. */
export function checkLimits(evidence: Evidence): Check[] {
  const { journal, profile, diary } = evidence;
  const limits = limitsOf(diary, Object.keys(profile.regimes).length > 0 ? settlingMs : 0);
  const sellers = new Map(
    Array.from({ length: profile.interactions }, (_, k) => [spelled(k), sellerOf(k, profile.sellers)]),
  );
  const demanded = new Set(
    evidence.history
      .filter((row) => row.trigger === "on_demand" || row.trigger === "force")
      .map((row) => row.call),
  );
  const recorded = new Set(evidence.history.map((row) => row.call));
  const limited: Limited[] = journal
    .filter((call) => isPaid(call) && recorded.has(call.n) && !demanded.has(call.n))
    .map((call) => ({ call, seller: sellers.get(interactionOf(call.marker ?? "-")) ?? 0 }));
  const overGlobal = journal.filter(
    (call) => call.open > limits(call.arrivedAt, "ai_draft_global_concurrency"),
  );
  const overCap = journal.filter(
    (call) => call.openOfCaller > limits(call.arrivedAt, "ai_draft_concurrency"),
  );
  const limitedNow = journal.filter((call) =>
    Number.isFinite(limits(call.arrivedAt, "ai_draft_global_concurrency")),
  );
  const mostOpen = Math.max(0, ...limitedNow.map((call) => call.open));
  const line = (name: string, beyond: readonly Call[], more = ""): Check => ({
    name,
    ok: beyond.length === 0,
    found: `${beyond.length}${more}${sample(beyond.map((call) => `#${call.n} ${call.marker}, ${call.open} open`))}`,
  });
  return [
    line(
      "calls beyond the global limit",
      overGlobal,
      ` (${limitedNow.length} made under one; at most ${mostOpen} open at once)`,
    ),
    line("calls beyond a process's concurrency", overCap),
    line("billed calls beyond a daily limit", beyondDaily(limited, evidence, limits)),
    line("billed calls beyond a cycle's limit", beyondCycle(limited, limits)),
    line("billed calls beyond the pace", beyondPace(limited, evidence, limits)),
  ];
}

/** The loosest value of a setting that may act at an instant; 0, which is no limit for all but the daily one, is infinite. */
type Limits = (at: number, key: string) => number;

function limitsOf(diary: Diary, toleranceMs: number): Limits {
  return (at, key) => {
    let loosest = 0;
    let before: number | undefined;
    for (const change of diary.changes) {
      const value = Number(change.settings[key] ?? Number.NaN);
      if (!(value >= 0)) continue; // another key's, or one that doesn't parse: the last good one stays
      const acting = value === 0 ? Number.POSITIVE_INFINITY : value;
      if (change.at <= at - toleranceMs) before = acting;
      else if (change.at <= at + 1_000) loosest = Math.max(loosest, acting);
    }
    return Math.max(loosest, before ?? 0);
  };
}

function beyondDaily(limited: readonly Limited[], { zones }: Evidence, limits: Limits): Call[] {
  const days = Map.groupBy(
    limited,
    ({ call, seller }) => `${seller} ${dayOf(call.arrivedAt, zones.get(seller))}`,
  );
  return [...days.values()].flatMap((calls) =>
    calls
      .map(({ call }) => call)
      .filter((call, before) => before >= limits(call.arrivedAt, "ai_draft_daily_limit")),
  );
}

/** The date of a seller's clock. Zones here are whole hours or minutes from UTC, as the set-up writes them. */
function dayOf(at: number, zone: string | undefined): string {
  const offset = /^<[^>]*>([+-])(\d+):(\d+)$/.exec(zone ?? "");
  if (offset === null) return new Date(at).toLocaleDateString("sv", { timeZone: zone ?? "Europe/Moscow" });
  // POSIX: what is west of Greenwich is positive.
  const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === "+" ? -1 : 1);
  return new Date(at + minutes * 60_000).toISOString().slice(0, 10);
}

function beyondCycle(limited: readonly Limited[], limits: Limits): Call[] {
  const cycles = Map.groupBy(
    limited,
    ({ call, seller }) => `${seller} ${Math.floor(call.arrivedAt / cycleMs)}`,
  );
  return [...cycles.values()].flatMap((calls) => {
    const beyond = calls
      .map(({ call }) => call)
      .filter((call, before) => before >= limits(call.arrivedAt, "ai_draft_batch_size"));
    // The first urgent ones of a cycle ignore its limit.
    return beyond.slice(limits(calls[0]?.call.arrivedAt ?? 0, "ai_draft_urgent_burst"));
  });
}

/** Over each stretch of time that was paced throughout: no more than its length allows, but for urgent ones that ignore the pace. */
function beyondPace(limited: readonly Limited[], { profile }: Evidence, limits: Limits): Call[] {
  const paced = limited
    .map(({ call }) => call)
    .toSorted((a, b) => a.arrivedAt - b.arrivedAt)
    .map((call) => ({ call, pause: limits(call.arrivedAt, "ai_draft_delay_seconds") * 1_000 }));
  const beyond: Call[] = [];
  for (let from = 0; from < paced.length; ) {
    // `limits` answers with the loosest, which for a pause is the shortest: 0, that is infinite here, ends the stretch.
    const pause = paced[from]?.pause as number;
    let to = from;
    while (to < paced.length && paced[to]?.pause === pause) to += 1;
    if (Number.isFinite(pause))
      beyond.push(
        ...surplus(
          paced.slice(from, to).map(({ call }) => call),
          pause,
          profile,
        ),
      );
    from = to;
  }
  return beyond;
}

/** A reservation is followed by its call after a moment that differs by this much. */
const wobbleMs = 1_000;

function surplus(calls: readonly Call[], pauseMs: number, profile: Evidence["profile"]): Call[] {
  const length = (calls.at(-1)?.arrivedAt ?? 0) - (calls[0]?.arrivedAt ?? 0);
  const cycles = Math.ceil(length / cycleMs) + 1;
  const free = Number(profile.settings["ai_draft_urgent_burst"]) * profile.sellers * cycles;
  return calls.slice(Math.ceil((length + wobbleMs) / pauseMs) + 1 + free);
}
