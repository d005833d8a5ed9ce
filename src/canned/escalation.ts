import type { DraftAnswer } from "../domain/answer.ts";
import type { DraftBrief } from "../domain/brief.ts";
import { cueNames } from "./reason.ts";

const serious = ["harm", "counterfeit", "legal"];

/** Whether an operator has to look into it beyond sending the draft, and why; `isSerious` as the situation was judged. */
export function escalationOf(
  brief: DraftBrief,
  isSerious: boolean,
): Pick<DraftAnswer, "needs_escalation" | "escalation_reason"> {
  const names = serious.filter((cue) => brief.cues.includes(cue)).map((cue) => cueNames.get(cue));
  return isSerious && names.length > 0
    ? { needs_escalation: true, escalation_reason: `Упомянуто: ${names.join(", ")}` }
    : { needs_escalation: false, escalation_reason: null };
}
