import { connect, reach } from "../../db/client/connect.ts";
import type { Config } from "../config.ts";
import { withInput } from "../console/input.ts";
import type { Output } from "../console/output.ts";
import { startProgress } from "../console/terminal.ts";
import { createProvider } from "../llm/create-provider.ts";
import type { Provider } from "../llm/provider.ts";
import { openPrompts } from "../prompt/prompt.ts";
import { type AskOptions, applyRules, askAll } from "./ask.ts";
import { type Labelled, needsModel, readSet } from "./labelled-set.ts";
import { printReport } from "./print.ts";
import { exitCodeOf, reportOf, type Thresholds } from "./report.ts";

/** What `runEval` needs. */
export interface EvalDeps {
  readonly config: Pick<Config, "llm" | "databaseUrl">;
  /** Where the report goes. */
  readonly out: Output;
  readonly stdin: NodeJS.ReadableStream;
  /** Where the bar and notes about the run go. */
  readonly stderr: NodeJS.WriteStream;
  readonly notes: Output;
  readonly stopping: AbortSignal;
}

/** The options of the command line. */
export interface EvalRun {
  readonly file: string;
  readonly concurrency: number;
  readonly json: boolean;
  readonly showTexts: boolean;
  readonly worst: number;
  readonly thresholds: Thresholds;
  /** Prices as in the setting llm_prices, for a model without a listed price. */
  readonly prices: unknown;
}

/**
 * Has the environment's provider draft a labelled set, and prints how well it understood the set. Writes nothing anywhere. Only the
 * offline provider reads a database, for its rules, if DATABASE_URL names one. Returns the exit code: 1 if a line was refused, a call
 * failed, a threshold was missed or the run was stopped. Throws `input_unreadable` and `model_misconfigured`.
 */
export async function runEval(deps: EvalDeps, run: EvalRun): Promise<number> {
  const { items, refusals } = await withInput(run.file, deps.stdin, ({ stream }) =>
    readSet(stream, new Date()),
  );
  const provider = createProvider(deps.config.llm, { llm_provider: null, llm_model: null });
  const toAsk = await withRules(
    deps,
    provider,
    items.filter(({ brief }) => needsModel(brief)),
  );
  const prompts = await openPrompts();
  const startedAt = performance.now();
  const asked = await ask(deps, run, { provider, prompts }, toAsk);
  const report = reportOf({
    provider,
    promptVersions: provider.remote
      ? [...new Set(toAsk.map(({ brief }) => prompts.versions[brief.channel]))].sort()
      : [],
    prices: run.prices,
    seconds: (performance.now() - startedAt) / 1_000,
    asked,
    wordless: items.length - toAsk.length,
    refusals,
    thresholds: run.thresholds,
    showTexts: run.showTexts,
  });
  if (run.json) deps.out.line(JSON.stringify(report, null, 2));
  else printReport(deps.out, report, run.worst);
  return exitCodeOf(report);
}

async function ask(
  deps: EvalDeps,
  run: EvalRun,
  by: Pick<AskOptions, "provider" | "prompts">,
  items: readonly Labelled[],
) {
  const progress = startProgress(deps.stderr, deps.notes, "asked", items.length);
  try {
    return await askAll(items, {
      ...by,
      concurrency: run.concurrency,
      timeoutMs: deps.config.llm.timeoutMs,
      stopping: deps.stopping,
      onProgress: progress.update,
      onPause: (milliseconds) =>
        progress.note(
          milliseconds === 0 ? "" : `the service asks to wait ${Math.ceil(milliseconds / 1_000)} s`,
        ),
    });
  } finally {
    progress.stop();
  }
}

/** Only the offline provider uses rules: those of the database if there is one, otherwise what the lines give. */
async function withRules(
  { config, notes }: EvalDeps,
  provider: Provider,
  items: readonly Labelled[],
): Promise<readonly Labelled[]> {
  if (provider.remote) return items;
  if (config.databaseUrl !== undefined) {
    await reach(config.databaseUrl);
    const sql = connect(config.databaseUrl, { max: 1, applicationName: "predraft eval" });
    try {
      return await applyRules(sql, items);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  const unruled = items.filter(({ ruled }) => !ruled).length;
  if (unruled > 0)
    notes.line(
      `note: ${unruled} lines carry no rules, and the offline provider goes by these: set DATABASE_URL to a migrated database`,
    );
  return items;
}
