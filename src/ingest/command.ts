import { SingleBar } from "cli-progress";
import type postgres from "postgres";
import { type Source, withInput } from "../console/input.ts";
import type { Refusal } from "./batch.ts";
import { type IngestCounts, ingest } from "./ingest.ts";

/** What `runIngest` needs. */
export interface IngestDeps {
  readonly sql: postgres.Sql;
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly stdout: NodeJS.WritableStream;
}

const SHOWN_REFUSALS = 50;

/**
 * Ingests an NDJSON file, or stdin if `file` is "-", and returns the exit code: 1 if lines were refused. The first 50 refused lines are
 * named on stderr; if stderr is a terminal, a bar is drawn there. One closing line goes to stdout. Throws `input_unreadable` if there is
 * no such file, and what `ingest` throws.
 */
export async function runIngest(deps: IngestDeps, file: string): Promise<number> {
  const startedAt = performance.now();
  return await withInput(file, deps.stdin, async (source) => {
    const bar = startBar(deps.stderr, source);
    const refusals = refusalPrinter(deps.stderr, bar !== undefined);
    try {
      const counts = await ingest({
        sql: deps.sql,
        lines: source.stream,
        onProgress: () => bar?.update(source.bytesRead?.() ?? 0),
        onRefused: refusals.add,
      });
      bar?.update(bar.getTotal());
      bar?.stop();
      refusals.end();
      deps.stdout.write(`${summaryOf(counts, performance.now() - startedAt)}\n`);
      return counts.refused > 0 ? 1 : 0;
    } catch (error) {
      bar?.stop();
      refusals.end();
      throw error;
    }
  });
}

function startBar(stderr: NodeJS.WritableStream, source: Source): SingleBar | undefined {
  if (!(stderr as { isTTY?: boolean }).isTTY || !source.size) return undefined;
  const bar = new SingleBar({
    stream: stderr,
    format: "{bar} {percentage}% of {size} MB, {duration_formatted}",
    hideCursor: true,
  });
  bar.start(source.size, 0, { size: (source.size / 1e6).toFixed(1) });
  return bar;
}

// A bar overwrites what is printed meanwhile, so with a bar the refusals are printed at the end.
function refusalPrinter(stderr: NodeJS.WritableStream, wait: boolean) {
  const waiting: string[] = [];
  let total = 0;
  return {
    add({ line, reason }: Refusal): void {
      total += 1;
      if (total > SHOWN_REFUSALS) return;
      const printed = `line ${line}: ${reason}\n`;
      if (wait) waiting.push(printed);
      else stderr.write(printed);
    },
    end(): void {
      const more = total - SHOWN_REFUSALS;
      stderr.write(waiting.join("") + (more > 0 ? `… and ${more} more\n` : ""));
    },
  };
}

function summaryOf(counts: IngestCounts, milliseconds: number): string {
  const read = [
    counted(counts.interactions, "interaction"),
    counted(counts.messages, "message"),
    counted(counts.sellers, "seller"),
    counted(counts.products, "product"),
  ].join(", ");
  const refused = counts.refused > 0 ? `; ${counted(counts.refused, "line")} refused` : "";
  return `${read} read in ${(milliseconds / 1000).toFixed(1)} s${refused}`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
