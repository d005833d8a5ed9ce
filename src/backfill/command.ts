import { type Command, InvalidArgumentError } from "commander";
import type { Sql } from "../../db/client/connect.ts";
import { type Config, readConfig } from "../config.ts";
import type { Output } from "../console/output.ts";
import { onSignal } from "../console/shutdown.ts";
import { createAsk } from "../console/terminal.ts";

interface BackfillFlags {
  readonly olderPrompts: boolean;
  readonly provisional: boolean;
  readonly seller: readonly string[];
  readonly since?: Date;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Adds `backfill` to the command line; `withClient` lends a client of the database. */
export function registerBackfill(
  program: Command,
  out: Output,
  withClient: (config: Config, work: (sql: Sql) => Promise<number>) => Promise<number>,
): void {
  program
    .command("backfill")
    .summary("draft a backlog, or make drafts anew, after all fresh work")
    .description(
      "draft a backlog, or make drafts anew, behind all fresh work; shows count and estimated cost first, and asks. " +
        "Without a kind: open interactions that want a draft and have no job",
    )
    .option(
      "--older-prompts",
      "final drafts of a model by another prompt than today's. Each is paid for once more: the one case where content that did not change costs a second call",
      false,
    )
    .option("--provisional", "provisional drafts, whatever their reason", false)
    .option("--seller <id>", "of this seller only; repeatable", (id, before: string[]) => [...before, id], [])
    .option(
      "--since <when>",
      "dated since then (a chat by its last message): 2026-11-01, 2026-11-01T12:00:00+03:00, -7d, -12h; without it, of the last ai_draft_max_age_days",
      since,
    )
    .option("--dry-run", "show count and estimated cost, and change nothing", false)
    .option("--yes", "enqueue without asking", false)
    .addHelpText(
      "after",
      "\nAn operator keeps the draft that is there until the better one is. Daily and cycle limits hold. Ctrl-C loses nothing: what is\n" +
        "enqueued stays, and the same command goes on with the rest; nothing that has a job is enqueued again.",
    )
    .action(async (flags: BackfillFlags) => {
      const config = readConfig();
      const { runBackfill } = await import("./backfill.ts");
      process.exitCode = await withClient(config, (sql) =>
        runBackfill(
          {
            sql,
            llm: config.llm,
            out,
            stderr: process.stderr,
            ask: createAsk(process.stdin, process.stdout),
            stopping: onSignal(),
          },
          { ...flags, sellers: flags.seller, since: flags.since ?? null },
        ),
      );
    });
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A day begins at this machine's midnight. */
function since(text: string): Date {
  const [, amount, unit] = /^-(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(Date.now() - Number(amount) * (units[unit] as number));
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const date = new Date(isDay ? `${text}T00:00` : text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError(
      "Write a day (2026-11-01), a time with its zone (2026-11-01T12:00:00+03:00), or -7d, -12h.",
    );
  return date;
}
