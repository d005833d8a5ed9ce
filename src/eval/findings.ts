import type { Code, Severity } from "../guardrails/warning.ts";
import type { Answered } from "./score.ts";

/** What the guardrails found in the drafts, after their repair call. */
export interface Findings {
  /** Drafts with an error, which an operator could not send as they are. */
  readonly drafts_with_errors: number;
  /** Drafts with a warning and no error. */
  readonly drafts_with_warnings: number;
  /** Drafts in which each was found, the most frequent first, and their ids. */
  readonly by_code: readonly {
    readonly code: Code;
    readonly severity: Severity;
    readonly drafts: number;
    readonly ids: readonly string[];
  }[];
}

/** Counts findings by code and severity; a draft counts once for each. */
export function findingsOf(answers: readonly Answered[]): Findings {
  const found = new Map<string, { code: Code; severity: Severity; ids: Set<string> }>();
  for (const { item, warnings } of answers) {
    for (const { code, severity } of warnings) {
      const entry = found.get(`${code} ${severity}`) ?? { code, severity, ids: new Set() };
      entry.ids.add(item.brief.interactionId);
      found.set(`${code} ${severity}`, entry);
    }
  }
  const has = (answered: Answered, severity: Severity): boolean =>
    answered.warnings.some((warning) => warning.severity === severity);
  const withErrors = answers.filter((answered) => has(answered, "error"));
  return {
    drafts_with_errors: withErrors.length,
    drafts_with_warnings: answers.filter((a) => has(a, "warning") && !has(a, "error")).length,
    by_code: [...found.values()]
      .map(({ code, severity, ids }) => ({ code, severity, drafts: ids.size, ids: [...ids] }))
      .sort((a, b) => b.drafts - a.drafts || a.code.localeCompare(b.code)),
  };
}
