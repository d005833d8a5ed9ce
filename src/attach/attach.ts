import { connect, reach, type Sql } from "../../db/client/connect.ts";
import { asUnreachable } from "../../db/client/explain-error.ts";
import { readSettings } from "../../db/client/settings.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import { countLines, termsOf } from "../backfill/report.ts";
import { enqueueBacklog, readBacklog } from "../backfill/unserved.ts";
import type { Config } from "../config.ts";
import type { Output } from "../console/output.ts";
import { type Ask, startProgress } from "../console/terminal.ts";
import { PredraftError } from "../errors.ts";
import { currentModel } from "../llm/models.ts";
import { alone, type ExistingDrafts, recall, releaseBacklog, remember } from "./attachment.ts";
import { adoptExisting } from "./existing-drafts.ts";
import type { AttachOptions, Doubt, Inspection, ReportLine } from "./facts.ts";
import { inspect } from "./inspect.ts";
import { resolve } from "./mapping/resolve.ts";
import { shown } from "./names.ts";
import { planSql } from "./plan.ts";
import { describeLines, readSampleThread } from "./sample-thread.ts";

/** What `runAttach` needs. */
export interface AttachDeps {
  /** Past a pooler: attach holds a lock for as long as it runs. */
  readonly url: string;
  readonly llm: Config["llm"];
  readonly out: Output;
  /** A bar is drawn here if it is a terminal. */
  readonly stderr: NodeJS.WriteStream;
  readonly ask: Ask;
  readonly stopping: AbortSignal;
  /** Between two passes over rows that the host holds; 1,000 ms. */
  readonly pauseMs?: number;
}

/** What the command line says beside the mapping. */
export interface AttachRun {
  readonly host: AttachOptions;
  readonly existing: ExistingDrafts;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Attaches predraft to a host's table: reports what it found, and unless it is a dry run makes all it needs, settles the drafts
 * that are there, and enqueues the backlog if somebody agrees to buy it. Safe to run again at any time. Throws what `inspect`
 * and `migrate` throw, and `attach_unfit` where the table cannot be used as it is.
 */
export async function runAttach(deps: AttachDeps, run: AttachRun): Promise<void> {
  await reach(deps.url);
  const sql = connect(deps.url, { max: 3, applicationName: "predraft attach" });
  try {
    const inspection = await inspect(sql, run.host).catch((error: unknown) => {
      throw asUnreachable(error, deps.url);
    });
    const { mapping, lines, doubts, advice } = resolve(inspection, run.host);
    // A dry run's whole output is SQL, fit for a file.
    const report = run.dryRun ? asComments(deps.out) : deps.out;
    report.line(report.bold(`${shown(run.host.table)}, ${rowsOf(inspection)}`));
    printReport(report, lines);
    sayModel(report, inspection);
    for (const line of advice) report.line(`  advice: ${line}`);
    const problems = lines.filter(({ level }) => level === "problem").length;
    if (mapping === null) {
      throw new PredraftError(
        `${shown(run.host.table)} cannot be attached as it is: ${problems} ${problems === 1 ? "thing stands" : "things stand"} in the way`,
        {
          code: "attach_unfit",
          hint: "See the lines marked ✗ above. Nothing was changed.",
        },
      );
    }
    for (const line of describeLines(await readSampleThread(sql, mapping), deps.ask !== null && !run.dryRun))
      report.line(`  a chat as it will be read: ${line}`);
    for (const { text, option } of doubts) report.line(`  ? ${text}; ${option} decides`);
    if (run.dryRun) {
      deps.out.line(await planSql(sql, mapping, run.existing, advice));
      return;
    }
    await settleDoubts(deps, run, doubts);
    await alone(
      deps.url,
      () => deps.out.line("another attach or detach is at work here: waiting for it"),
      () => apply(sql, deps, run, mapping),
    );
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** What attach cannot decide is decided by an option, or by a person who has seen how it would be read. */
async function settleDoubts(
  { ask }: AttachDeps,
  { yes }: AttachRun,
  doubts: readonly Doubt[],
): Promise<void> {
  const first = doubts.find(({ mayWait }) => !mayWait) ?? doubts[0];
  if (first === undefined) return;
  if (yes || (ask === null && !first.mayWait)) {
    throw new PredraftError(
      `${yes ? "--yes cannot decide this" : "There is no terminal to ask on"}: ${first.text}`,
      {
        code: "attach_undecided",
        hint: `Say ${first.option}. Nothing was changed.`,
      },
    );
  }
  if (ask === null || (await ask("Attach, and read it as shown above?"))) return;
  throw new PredraftError("Nothing was changed: how this host is read was not agreed to", {
    code: "attach_unconfirmed",
    hint: `Say ${first.option}.`,
  });
}

const asComments = (out: Output): Output => ({ ...out, line: (text = "") => out.line(`-- ${text}`) });

const rowsOf = ({ table }: Inspection): string =>
  table.rows < 0 ? "never analyzed" : `about ${Math.round(table.rows)} rows`;

/** A host's llm_model may be a name that its service has retired. */
function sayModel(out: Output, { settings }: Inspection): void {
  const { model, replaced } = currentModel(settings?.ours["llm_model"] ?? "");
  if (replaced !== null) out.line(`  ! llm_model says ${replaced}, which is retired: taken as ${model}`);
}

async function apply(sql: Sql, deps: AttachDeps, run: AttachRun, mapping: HostMapping): Promise<void> {
  const { out, stopping } = deps;
  await remember(sql, mapping, run.existing);
  const { warnings } = await migrate({ url: deps.url, host: mapping, lockPatienceMs: 300_000 });
  for (const warning of warnings) out.line(`note: ${warning}`);
  out.line(`attached to ${shown(mapping.table)}: from now on every new or changed interaction gets its job`);
  if (run.existing === "adopt" && !stopping.aborted) await adopt(sql, deps, mapping);
  if (!stopping.aborted) await offerBacklog(sql, deps, run);
  out.line("next: predraft worker");
}

async function adopt(
  sql: Sql,
  { out, stopping, pauseMs = 1_000 }: AttachDeps,
  mapping: HostMapping,
): Promise<void> {
  const { done, held } = await adoptExisting(sql, mapping, { stopping, pauseMs });
  if (done > 0) out.line(`${done} drafts that were there are kept as they are (--existing-drafts adopt)`);
  if (held > 0)
    out.line(
      `${held} more are held by the host's transactions: each is kept when the host next writes its row`,
    );
}

async function offerBacklog(sql: Sql, deps: AttachDeps, run: AttachRun): Promise<void> {
  const { out } = deps;
  const settings = await readSettings(sql);
  if (!settings.ai_draft_pregenerate_enabled) {
    out.line(
      "ai_draft_pregenerate_enabled is off: drafts are made on demand only, and no backlog is enqueued",
    );
    return;
  }
  const terms = termsOf(deps.llm, settings);
  const items = await readBacklog(sql, terms.remote);
  if (items.length === 0) {
    out.line("Backlog: nothing wants a draft");
    await releaseBacklog(sql);
    return;
  }
  out.line(
    `Backlog: ${items.length} interactions of the last ${terms.maxAgeDays} days want a draft (ai_draft_max_age_days)`,
  );
  for (const line of countLines(items, terms)) out.line(line);
  out.line(`  at most ${terms.dailyLimit} drafts a seller and day (ai_draft_daily_limit)`);
  const held = (await recall(sql))?.heldBefore ?? null;
  const agreed = run.yes || held === null || (deps.ask !== null && (await deps.ask("Enqueue them now?")));
  if (!agreed) {
    out.line("nothing was enqueued: this backlog waits, and only new and changed interactions get drafts");
    out.line("  to draft it, run the same attach with --yes");
    return;
  }
  // First, so that the sweep does what a Ctrl-C leaves.
  await releaseBacklog(sql);
  const progress = startProgress(deps.stderr, out, "enqueued", items.length);
  const added = await enqueueBacklog(sql, items, {
    stopping: deps.stopping,
    onProgress: (handled) => progress.update(handled),
  }).finally(() => progress.stop());
  out.line(`${added} jobs added, the most urgent and newest first`);
  if (deps.stopping.aborted)
    out.line("stopped: what is enqueued stays, and a worker's sweep enqueues the rest within ten minutes");
}

const marks: Record<ReportLine["level"], string> = {
  ok: "✓",
  note: "·",
  assumed: "?",
  warning: "!",
  problem: "✗",
};

/** Prints what attach found, a line each: mapped, missing, warned of, in the way. */
function printReport(out: Output, lines: readonly ReportLine[]): void {
  const width = Math.max(...lines.map(({ subject }) => subject.length));
  for (const { level, subject, text } of lines) {
    const paint =
      level === "problem" ? out.bad : level === "ok" ? out.good : level === "note" ? out.dim : out.bold;
    out.line(`  ${paint(marks[level])} ${subject.padEnd(width)}  ${text}`);
  }
}
