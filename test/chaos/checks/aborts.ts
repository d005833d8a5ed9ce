import { cutting, type Harm, wasDisturbed } from "../diary.ts";
import type { Check, Evidence } from "../evidence.ts";
import { sample } from "./sample.ts";

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
