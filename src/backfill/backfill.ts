import type { Sql } from "../../db/client/connect.ts";
import { readSettings } from "../../db/client/settings.ts";
import type { Config } from "../config.ts";
import type { Output } from "../console/output.ts";
import { type Ask, startProgress } from "../console/terminal.ts";
import { PredraftError } from "../errors.ts";
import { openPrompts } from "../prompt/prompt.ts";
import { type BackfillItem, countLeftAlone, enqueueBackfill, readBackfill } from "./queries.ts";
import { type BacklogTerms, countLines, termsOf } from "./report.ts";

/** What `runBackfill` needs. */
export interface BackfillDeps {
  readonly sql: Sql;
  readonly llm: Config["llm"];
  readonly out: Output;
  /** The stream for the progress bar; the bar is drawn only if the stream is a terminal. */
  readonly stderr: NodeJS.WriteStream;
  readonly ask: Ask;
  readonly stopping: AbortSignal;
}

/** The options of the command line. */
export interface BackfillRun {
  /** Replace final model drafts that another version of the prompt made. */
  readonly olderPrompts: boolean;
  /** Replace provisional drafts, whatever their reason. */
  readonly provisional: boolean;
  /** Ids of sellers; empty means all sellers. */
  readonly sellers: readonly string[];
  readonly since: Date | null;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Prints what would be drafted and the estimated cost. If the person agrees, enqueues it behind all fresh work. Returns the exit code:
 * 1 if it was stopped before the end. Throws `backfill_off`, `backfill_offline`, `backfill_unconfirmed` and
 * `seller_invalid`.
 */
export async function runBackfill(deps: BackfillDeps, run: BackfillRun): Promise<number> {
  const { sql, out, stopping } = deps;
  const settings = await readSettings(sql);
  const terms = termsOf(deps.llm, settings);
  refuse(run, settings.ai_draft_pregenerate_enabled, terms);
  const { versions } = await openPrompts();
  const choice = choiceOf(run, terms.remote, versions);
  const items = await readBackfill(sql, choice).catch(asSellerInvalid);
  for (const line of await dryRun(sql, run, items, terms)) out.line(line);
  if (!settings.llm_enabled) out.line("  llm_enabled is off: until it is on, no model is asked");
  if (run.dryRun || items.length === 0) return 0;
  if (!run.yes && !(await agreed(deps.ask, items.length))) {
    out.line("nothing was enqueued");
    return 0;
  }
  const progress = startProgress(deps.stderr, out, "enqueued", items.length);
  const added = await enqueueBackfill(sql, choice, items, { stopping, onProgress: progress.update }).finally(
    progress.stop,
  );
  out.line(
    `${added} ${added === 1 ? "job" : "jobs"} added behind all fresh work, the most urgent and newest first (predraft.queue shows them)`,
  );
  if (!stopping.aborted) return 0;
  out.line("stopped: what is enqueued stays, and the same command goes on with the rest");
  return 1;
}

function refuse(run: BackfillRun, pregenerates: boolean, { remote }: BacklogTerms): void {
  if (!pregenerates) {
    throw new PredraftError(
      "ai_draft_pregenerate_enabled is off: drafts are made on demand only, and a worker would pass these jobs over",
      {
        code: "backfill_off",
        hint: "Set it to true first; predraft.request_draft(id) asks for a single one.",
      },
    );
  }
  if (run.olderPrompts && !remote) {
    throw new PredraftError("--older-prompts needs a model: offline rules have no prompt", {
      code: "backfill_offline",
      hint: "Set here what the workers have: LLM_MODEL and a key or LLM_BASE_URL.",
    });
  }
}

function choiceOf(
  { olderPrompts, provisional, sellers, since }: BackfillRun,
  remote: boolean,
  promptVersions: Readonly<Record<string, string>>,
) {
  return {
    kinds: [
      ...(provisional ? (["provisional"] as const) : []),
      ...(olderPrompts ? (["older_prompt"] as const) : []),
      ...(provisional || olderPrompts ? [] : (["wanting"] as const)),
    ],
    sellers: sellers.length === 0 ? null : sellers,
    since,
    promptVersions,
    remote,
  };
}

function asSellerInvalid(error: unknown): never {
  const { code } = error as { code?: unknown };
  if (code !== "22P02" && code !== "22003") throw error;
  throw new PredraftError("--seller: that is no seller's id", {
    code: "seller_invalid",
    hint: "Give the id as the host has it, a whole number or a UUID; repeat the option for several.",
    cause: error,
  });
}

async function agreed(ask: Ask, count: number): Promise<boolean> {
  if (ask !== null) return await ask(`Enqueue ${count === 1 ? "it" : `these ${count}`} now?`);
  throw new PredraftError("Nothing was enqueued: there is no terminal to ask on", {
    code: "backfill_unconfirmed",
    hint: "Say --yes to enqueue without being asked, or --dry-run to be shown the count only.",
  });
}

async function dryRun(
  sql: Sql,
  run: BackfillRun,
  items: readonly BackfillItem[],
  terms: BacklogTerms,
): Promise<string[]> {
  const leftAlone = run.provisional ? await countLeftAlone(sql) : 0;
  return [
    `Backfill: ${items.length} ${whatOf(run)}, ${datesOf(run, terms)}`,
    ...(items.length > 0 ? [...countLines(items, terms), `  ${daysLine(items, terms)}`] : []),
    ...(leftAlone > 0
      ? [
          `  ${leftAlone} more are left alone: their content killed a worker each time, or the model declines it; predraft.request_draft(id, true) tries one again`,
        ]
      : []),
  ];
}

function whatOf({ olderPrompts, provisional }: BackfillRun): string {
  if (olderPrompts && provisional)
    return "open interactions with a provisional draft, or one by an older prompt";
  if (olderPrompts) return "open interactions with a draft by an older prompt";
  if (provisional) return "open interactions with a provisional draft";
  return "open interactions that want a draft and have no job";
}

const datesOf = ({ since }: BackfillRun, { maxAgeDays }: BacklogTerms): string =>
  since === null
    ? `of the last ${maxAgeDays} days (ai_draft_max_age_days; --since goes back further)`
    : `since ${since.toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** The least time that the backfill takes because of the daily limit. */
function daysLine(items: readonly BackfillItem[], { dailyLimit, remote }: BacklogTerms): string {
  if (!remote) return "no limit holds for offline drafts";
  if (dailyLimit === 0) return "ai_draft_daily_limit is 0: no calls at all until it is raised";
  const bySeller = new Map<string, number>();
  for (const { sellerId, free } of items)
    if (!free) bySeller.set(sellerId, (bySeller.get(sellerId) ?? 0) + 1);
  const most = Math.max(0, ...bySeller.values());
  const days = Math.ceil(most / dailyLimit);
  const lasts = days > 1 ? `: ${days} days for a seller with ${most}` : "";
  return `at most ${dailyLimit} drafts a seller and day (ai_draft_daily_limit)${lasts}`;
}
