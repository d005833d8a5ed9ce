import { type BackfillDeps, type BackfillRun, runBackfill } from "../../src/backfill/backfill.ts";
import { keptOutput } from "./kept-output.ts";

/** Runs a backfill as the command does, agreed to, and answers with its exit code and what it printed. */
export async function backfill(
  deps: Pick<BackfillDeps, "sql" | "llm"> & Partial<BackfillDeps>,
  run: Partial<BackfillRun> = {},
): Promise<{ code: number; out: string }> {
  const { out, text } = keptOutput();
  const code = await runBackfill(
    { out, stderr: process.stderr, ask: null, stopping: new AbortController().signal, ...deps },
    { olderPrompts: false, provisional: false, sellers: [], since: null, dryRun: false, yes: true, ...run },
  );
  return { code, out: text() };
}
