import type { Output } from "../console/output.ts";
import type { ReportLine } from "./facts.ts";

const marks: Record<ReportLine["level"], string> = { ok: "✓", note: "·", warning: "!", problem: "✗" };

/** Prints what attach found, a line each: mapped, missing, warned of, in the way. */
export function printReport(out: Output, lines: readonly ReportLine[]): void {
  const width = Math.max(...lines.map(({ subject }) => subject.length));
  for (const { level, subject, text } of lines) {
    const paint =
      level === "problem" ? out.bad : level === "ok" ? out.good : level === "note" ? out.dim : out.bold;
    out.line(`  ${paint(marks[level])} ${subject.padEnd(width)}  ${text}`);
  }
}
