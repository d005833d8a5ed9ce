import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import type { ChaosResult } from "./chaos.ts";
import type { MutationResult } from "./mutate.ts";

/** A run with what it was asked to do. */
export type Run = ChaosResult & { readonly seed: number; readonly profile: string };

const tallied = (names: readonly string[]): string =>
  [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${name} ${all.length}`).join(", ");

/** A run for the terminal. */
export function textOf({ checks, evidence, restedMs, tookMs, seed, profile }: Run): string {
  const { diary, journal, finals, provisionals } = evidence;
  const counts = Object.entries(diary.counts).map(([what, n]) => `${what} ${n}`);
  return [
    `profile ${profile}, seed ${seed}, ${seconds(tookMs)}, of which ${seconds(restedMs)} to come to rest`,
    `did: ${counts.join(", ")}`,
    `model calls: ${journal.length} (${tallied(journal.map((call) => call.end))}; ${tallied(journal.map((call) => call.fate))})`,
    `at the end: ${finals} final drafts, ${provisionals} provisional`,
    "",
    ...checks.map(({ ok, name, found }) => `${ok ? "ok    " : "BROKEN"}  ${name}: ${found}`),
  ].join("\n");
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** Runs side by side. */
export function runTable(runs: readonly Run[]): string {
  const rows: [string, (run: Run) => string][] = [
    ["took; of which to come to rest", (run) => `${seconds(run.tookMs)}; ${seconds(run.restedMs)}`],
    ["interactions ingested", (run) => String(run.evidence.diary.counts["rows ingested"])],
    ["statements of the writer", (run) => String(run.evidence.diary.counts["statements"])],
    ["what the adversary did", (run) => tallied(run.evidence.diary.disturbances.map(({ harm }) => harm))],
    ["settings changed", (run) => String(run.evidence.diary.changes.length)],
    ["worker processes", (run) => String(run.evidence.diary.lives.length)],
    ["model calls by their end", (run) => tallied(run.evidence.journal.map((call) => call.end))],
    ["final drafts, provisional ones", (run) => `${run.evidence.finals}, ${run.evidence.provisionals}`],
    ...(runs[0]?.checks ?? []).map(({ name }): [string, (run: Run) => string] => [
      `**${name}**`,
      (run) => {
        const check = run.checks.find((one) => one.name === name);
        return `${check?.ok ? "" : "BROKEN: "}${check?.found}`;
      },
    ]),
  ];
  return [
    surroundings(),
    "",
    `| | ${runs.map(({ seed }) => `seed ${seed}`).join(" | ")} |`,
    `|---|${runs.map(() => "---|").join("")}`,
    ...rows.map(([name, value]) => `| ${name} | ${runs.map(value).join(" | ")} |`),
  ].join("\n");
}

/** Which check missed which guard. */
export function mutationTable(results: readonly MutationResult[], seed: number): string {
  return [
    `${surroundings()} Seed ${seed}.`,
    "",
    "| guard taken out | profile | what the suite says |",
    "|---|---|---|",
    ...results.map(({ mutation, broken }) => {
      const found = broken.map((check) => `${check.name}: ${check.found}`).join("; ");
      const silent = mutation.covered === undefined ? "**nothing**" : `nothing: ${mutation.covered}`;
      return `| ${mutation.guard} | ${mutation.profile} | ${found || silent} |`;
    }),
  ].join("\n");
}

function surroundings(): string {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const load = loadavg().map((one) => one.toFixed(1));
  return `${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}, ${availableParallelism()} cores, load ${load.join(" ")} at the end.`;
}

/** Replaces what stands between the section's marks in docs/reliability.md. Throws where it has no such marks. */
export function replaceSection(tree: string, name: string, text: string): void {
  const path = join(tree, "docs/reliability.md");
  const [open, close] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const document = readFileSync(path, "utf8");
  const [from, to] = [document.indexOf(open), document.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no section ${name}`);
  writeFileSync(path, `${document.slice(0, from + open.length)}\n${text}\n${document.slice(to)}`);
}
