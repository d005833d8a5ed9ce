import type { Code, Severity } from "../guardrails/warning.ts";
import type { Asked } from "./ask.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { lastWords, type Refusal } from "./labelled-set.ts";
import { type Answered, type Disagreement, type Judged, judged, type Scores, score } from "./score.ts";

/** The least shares of agreement that are asked for, 0 to 1. */
export type Thresholds = Partial<Record<Judged, number>>;

/** The whole result of an evaluation, as `--json` prints it. */
export interface Report extends Pick<Scores, "agreement" | "understated" | "escalation" | "confusions"> {
  readonly provider: string;
  readonly model: string;
  readonly prompt_versions: readonly string[];
  readonly seconds: number;
  /** The lines of the file, by outcome. */
  readonly count: {
    readonly answered: number;
    readonly failed: number;
    readonly refused: number;
    /** Reviews without text, for which no model is ever asked. */
    readonly wordless: number;
    /** Left out because of Ctrl-C. */
    readonly unasked: number;
  };
  readonly figures: Figures | null;
  readonly guardrails: Findings;
  readonly disagreements: readonly (Disagreement & { readonly texts?: Texts })[];
  readonly refusals: readonly Refusal[];
  readonly failures: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** Agreements below the least share that was asked for. */
  readonly below: readonly { readonly what: Judged; readonly share: number | null; readonly least: number }[];
}

/** The texts of a disagreement, shown only if they are asked for. */
interface Texts {
  readonly buyer: string;
  readonly draft: string;
}

/** What a report is made of. */
export interface Run {
  readonly provider: { readonly name: string; readonly model: string };
  readonly promptVersions: readonly string[];
  /** Prices as in the setting llm_prices. */
  readonly prices: unknown;
  readonly seconds: number;
  readonly asked: readonly Asked[];
  readonly wordless: number;
  readonly refusals: readonly Refusal[];
  readonly thresholds: Thresholds;
  readonly showTexts: boolean;
}

/** Makes the report of a run: scores and figures. Texts are left out unless they are asked for. */
export function reportOf(run: Run): Report {
  const answers = run.asked.filter((asked) => asked.kind === "answered");
  const failed = run.asked.filter((asked) => asked.kind === "failed");
  const { disagreements, ...scores } = score(answers);
  return {
    provider: run.provider.name,
    model: run.provider.model,
    prompt_versions: run.promptVersions,
    seconds: run.seconds,
    count: {
      answered: answers.length,
      failed: failed.length,
      refused: run.refusals.length,
      wordless: run.wordless,
      unasked: run.asked.length - answers.length - failed.length,
    },
    ...scores,
    guardrails: findingsOf(answers),
    figures: figuresOf(answers, failed, { model: run.provider.model, prices: run.prices }),
    disagreements: run.showTexts ? withTexts(disagreements, answers) : disagreements,
    refusals: run.refusals,
    failures: failed.map(({ item, error }) => ({
      id: item.brief.interactionId,
      code: error.code,
      message: error.message,
    })),
    below: judged.flatMap((what) => {
      const least = run.thresholds[what];
      const { share } = scores.agreement[what];
      return least !== undefined && (share ?? 0) < least ? [{ what, share, least }] : [];
    }),
  };
}

/** The exit code: 0 if all lines were read, all calls answered and all thresholds met. */
export const exitCodeOf = ({ count, below }: Report): number =>
  count.refused + count.failed + count.unasked + below.length > 0 || count.answered === 0 ? 1 : 0;

function withTexts(disagreements: readonly Disagreement[], answers: readonly Answered[]) {
  const byId = new Map(answers.map((answered) => [answered.item.brief.interactionId, answered]));
  return disagreements.map((disagreement) => {
    const { item, answer } = byId.get(disagreement.id) as Answered;
    return { ...disagreement, texts: { buyer: lastWords(item.brief), draft: answer.text } };
  });
}

/** What the guardrails found in the drafts, after their repair call. */
export interface Findings {
  /** Drafts with an error, which an operator could not send as they are. */
  readonly drafts_with_errors: number;
  /** Drafts with a warning and no error. */
  readonly drafts_with_warnings: number;
  /** Each finding with the number and ids of its drafts, the most frequent first. */
  readonly by_code: readonly {
    readonly code: Code;
    readonly severity: Severity;
    readonly drafts: number;
    readonly ids: readonly string[];
  }[];
}

/** Counts findings by code and severity; a draft counts once for each of its findings. */
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
