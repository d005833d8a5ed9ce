import { availableParallelism, cpus, loadavg } from "node:os";

/** A requirement and whether it was met. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
}

/** What a benchmark found: lines for people, data for machines. */
export interface Report {
  readonly name: string;
  readonly lines: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly checks: readonly Check[];
}

/** The machine as it was at this moment: other work on it shows in the load. */
export function machine() {
  return {
    date: new Date().toISOString().slice(0, 16),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** Writes the report to stdout; true where every requirement was met. */
export function print(
  report: Report,
  options: { json: boolean; surroundings: Record<string, unknown> },
): boolean {
  const ok = report.checks.every((check) => check.ok);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ bench: report.name, ok, ...options.surroundings, ...report.data, checks: report.checks }, null, 2)}\n`,
    );
    return ok;
  }
  const surroundings = Object.entries(options.surroundings).map(([key, value]) => `${key}: ${inline(value)}`);
  const checks = report.checks.map(({ ok, what, found }) => `${ok ? "met   " : "MISSED"}  ${what}: ${found}`);
  process.stdout.write(`${[report.name, ...surroundings, "", ...report.lines, "", ...checks].join("\n")}\n`);
  return ok;
}

const inline = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? Object.entries(value)
        .map(([key, inner]) => `${key} ${Array.isArray(inner) ? inner.join(" ") : inner}`)
        .join(", ")
    : String(value);
