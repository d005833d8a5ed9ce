import type { Check, Evidence } from "../evidence.ts";

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
