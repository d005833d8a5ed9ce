import { type CheckInput, checkInputsOf, readBuyer, type Span } from "./check-input.ts";
import { type Injection, injectedParts, injectionBy } from "./injection.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules/all.ts";
import type { Subject } from "./subject.ts";
import { type Severity, severityOf, type Warning } from "./warning.ts";

const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1 };

/**
 * Runs every guardrail over a draft. Returns warnings: errors first, each kind in the order of the text. What a buyer's
 * injection caused is an error in any channel. Pure; takes time linear in the draft's length; never throws, whatever the texts are.
 */
export type Check = (text: string) => readonly Warning[];

/** Makes the check for the drafts of one interaction. The buyer's texts are read once; the last draft's result is kept. */
export function createCheck(subject: Subject): Check {
  const buyer = readBuyer(subject);
  const injection = injectionBy(buyer);
  const inputOf = checkInputsOf(subject, buyer);
  let last: { readonly text: string; readonly found: readonly Warning[] } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, found: findAll(inputOf(text), injection) };
    return last.found;
  };
}

/** Checks a single draft. */
export const checkDraft = (text: string, subject: Subject): readonly Warning[] => createCheck(subject)(text);

function findAll(on: CheckInput, injection: Injection): readonly Warning[] {
  const isInjected = injectedParts(on, injection);
  return rules
    .flatMap((rule) => warningsOf(rule, on))
    .map((warning) =>
      isGrave(warning) && isInjected(warning) ? { ...warning, severity: "error" as const } : warning,
    )
    .toSorted((a, b) => weights[a.severity] - weights[b.severity] || a.start - b.start || a.end - b.end);
}

/** True for what is an error in public; style stays a warning even if the buyer asked for it. */
const isGrave = ({ code }: Warning): boolean => severityOf(code, "review") === "error";

function warningsOf(rule: Rule, on: CheckInput): Warning[] {
  const { code, message } = rule;
  const severity = severityOf(code, on.subject.channel);
  if (severity === null) return [];
  return merged(rule.find(on)).map(({ start, end, weight }) => ({
    code,
    type: code,
    severity: weight ?? severity,
    message,
    phrase: on.draft.normalized.original.slice(start, end),
    start,
    end,
  }));
}

/** Joins one rule's overlapping findings. */
function merged(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = whole.at(-1);
    if (last === undefined || span.start >= last.end) whole.push(span);
    else whole[whole.length - 1] = { ...last, end: Math.max(last.end, span.end) };
  }
  return whole;
}
