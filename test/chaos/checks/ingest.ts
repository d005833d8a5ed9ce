import { cutting, wasDisturbed } from "../diary.ts";
import type { Check, Evidence } from "../evidence.ts";
import { sample } from "./sample.ts";

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
