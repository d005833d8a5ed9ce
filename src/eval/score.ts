import type { DraftAnswer } from "../domain/answer.ts";
import type { Channel } from "../domain/brief.ts";
import type { Asked } from "./ask.ts";
import type { Labels } from "./labelled-set.ts";

export type Answered = Extract<Asked, { kind: "answered" }>;
/** The fields that are compared with their labels. */
export const judged = ["intent", "sentiment", "sla_priority", "needs_escalation"] as const;
export type Judged = (typeof judged)[number];

/** How many answers agree with their label; `share` is null if none was judged. */
export interface Agreement {
  readonly agreed: number;
  readonly of: number;
  readonly share: number | null;
}

/** One answer that differs from its label. */
export interface Difference {
  readonly labelled: string | boolean;
  readonly answered: string | boolean;
}

export interface Disagreement {
  readonly id: string;
  readonly differences: Partial<Record<Judged, Difference>>;
  /** How bad it is: an overlooked escalation weighs most, then a wrong intent and an understated priority. */
  readonly weight: number;
}

export interface Scores {
  readonly agreement: Record<Judged, Agreement & { readonly by_channel: Record<Channel, Agreement> }>;
  /** Answers that understate an interaction's urgency. */
  readonly understated: number;
  readonly escalation: { readonly missed: number; readonly false_alarms: number };
  /** The worst first. */
  readonly disagreements: readonly Disagreement[];
  /** Intents that were confused with another, the most frequent first. */
  readonly confusions: readonly {
    readonly labelled: string;
    readonly answered: string;
    readonly times: number;
  }[];
}

/** Compares answers with their labels. Pure. */
export function score(answers: readonly Answered[]): Scores {
  const disagreements = answers
    .map((answer) => disagreementOf(answer))
    .filter(({ differences }) => Object.keys(differences).length > 0)
    .sort((a, b) => b.weight - a.weight || a.id.localeCompare(b.id));
  const escalations = disagreements.flatMap(({ differences }) => differences.needs_escalation ?? []);
  return {
    agreement: Object.fromEntries(
      judged.map((field) => [
        field,
        { ...agreementOf(answers, field), by_channel: byChannel(answers, field) },
      ]),
    ) as Scores["agreement"],
    understated: disagreements.filter(({ differences }) => understatedBy(differences.sla_priority) > 0)
      .length,
    escalation: {
      missed: escalations.filter(({ labelled }) => labelled === true).length,
      false_alarms: escalations.filter(({ labelled }) => labelled === false).length,
    },
    disagreements,
    confusions: confusionsIn(disagreements),
  };
}

/** Null if the answer does not say it. */
function answeredAs(answer: DraftAnswer, field: Judged): string | boolean | null {
  return (answer as Partial<Record<Judged, string | boolean>>)[field] ?? null;
}

function agreementOf(answers: readonly Answered[], field: Judged): Agreement {
  const said = answers.filter(({ answer }) => answeredAs(answer, field) !== null);
  const agreed = said.filter(({ answer, item }) => answeredAs(answer, field) === item.labels[field]).length;
  return { agreed, of: said.length, share: said.length === 0 ? null : agreed / said.length };
}

function byChannel(answers: readonly Answered[], field: Judged): Record<Channel, Agreement> {
  const of = (channel: Channel) =>
    agreementOf(
      answers.filter(({ item }) => item.brief.channel === channel),
      field,
    );
  return { review: of("review"), question: of("question"), chat: of("chat") };
}

function disagreementOf({ item, answer }: Answered): Disagreement {
  const differences: Partial<Record<Judged, Difference>> = {};
  for (const field of judged) {
    const answered = answeredAs(answer, field);
    const labelled = item.labels[field];
    if (answered !== null && answered !== labelled) differences[field] = { labelled, answered };
  }
  return { id: item.brief.interactionId, differences, weight: weightOf(differences) };
}

const ranks: readonly unknown[] = ["low", "normal", "high", "urgent"] satisfies Labels["sla_priority"][];

/** By how many steps an answer is less urgent than its label; negative if it is more urgent. */
const understatedBy = (difference: Difference | undefined): number =>
  difference === undefined ? 0 : ranks.indexOf(difference.labelled) - ranks.indexOf(difference.answered);

function weightOf({
  intent,
  sentiment,
  sla_priority,
  needs_escalation,
}: Disagreement["differences"]): number {
  const steps = understatedBy(sla_priority);
  const opposite = sentiment !== undefined && ![sentiment.labelled, sentiment.answered].includes("neutral");
  return (
    (needs_escalation === undefined ? 0 : needs_escalation.labelled ? 5 : 1) +
    (intent === undefined ? 0 : 2) +
    (steps > 0 ? steps + 1 : -steps) +
    (sentiment === undefined ? 0 : opposite ? 2 : 1)
  );
}

function confusionsIn(disagreements: readonly Disagreement[]): Scores["confusions"] {
  const times = new Map<string, { labelled: string; answered: string; times: number }>();
  for (const { intent } of disagreements.map(({ differences }) => differences)) {
    if (intent === undefined) continue;
    const [labelled, answered] = [String(intent.labelled), String(intent.answered)];
    const entry = times.get(`${labelled} ${answered}`) ?? { labelled, answered, times: 0 };
    entry.times += 1;
    times.set(`${labelled} ${answered}`, entry);
  }
  return [...times.values()].sort((a, b) => b.times - a.times || a.labelled.localeCompare(b.labelled));
}
