import { checkAborts } from "./checks/aborts.ts";
import { checkCharges } from "./checks/charges.ts";
import { checkFleet } from "./checks/fleet.ts";
import { checkIngest } from "./checks/ingest.ts";
import { checkLimits } from "./checks/limits.ts";
import { checkPaid } from "./checks/paid.ts";
import { checkWork } from "./checks/work.ts";
import type { Check, Evidence } from "./evidence.ts";

/** All checks, each with what it found. */
export const judge = (evidence: Evidence): Check[] => [
  ...checkWork(evidence),
  checkIngest(evidence),
  ...checkPaid(evidence),
  ...checkLimits(evidence),
  checkCharges(evidence),
  checkAborts(evidence),
  checkFleet(evidence),
];
