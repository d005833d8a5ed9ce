import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { runChaos } from "./chaos.ts";
import { isDriverError } from "./client.ts";
import { runControl, runMutation } from "./mutate.ts";
import { mutations } from "./mutations.ts";
import { type ProfileName, profiles } from "./profile.ts";
import { mutationTable, type Run, replaceSection, runTable, textOf } from "./report.ts";

interface Options {
  readonly seed: number;
  readonly runs: number;
  readonly profile: ProfileName;
  readonly interactions?: number;
  readonly workers?: number;
  readonly mutations?: string | true;
  readonly journal?: string;
  readonly log: boolean;
  readonly write: boolean;
}

const tree = fileURLToPath(new URL("../..", import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return value;
};
const named = (text: string): ProfileName => {
  if (!(text in profiles))
    throw new InvalidArgumentError(`expected one of: ${Object.keys(profiles).join(", ")}`);
  return text as ProfileName;
};

/** So many runs, each with the next seed. True where all checks of all passed. */
async function rage(options: Options): Promise<boolean> {
  const profile = {
    ...profiles[options.profile],
    ...(options.interactions === undefined ? {} : { interactions: options.interactions }),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  };
  const runs: Run[] = [];
  for (let seed = options.seed; seed < options.seed + options.runs; seed += 1) {
    say(`seed ${seed}`);
    const onLine = (line: string): void => void (options.log && process.stderr.write(`${line}\n`));
    const run = { seed, profile: options.profile, ...(await runChaos({ profile, seed, tree, onLine })) };
    runs.push(run);
    const { journal, diary } = run.evidence;
    if (options.journal !== undefined) writeFileSync(options.journal, JSON.stringify({ journal, diary }));
    say(textOf(run));
  }
  if (options.write) replaceSection(tree, "runs", runTable(runs));
  return runs.every(({ checks }) => checks.every((check) => check.ok));
}

/** Takes one guard out after the other. True where each was missed by a check, but for those that a second guard covers. */
async function mutate(options: Options): Promise<boolean> {
  const filter = options.mutations === true ? "" : (options.mutations ?? "");
  const results = [];
  const chosen = mutations.filter(({ guard }) => guard.includes(filter));
  for (const profile of new Set(chosen.map((mutation) => mutation.profile))) {
    const broken = await runControl(tree, profile, options.seed);
    say(
      `nothing (${profile}): ${broken.map((check) => `${check.name}: ${check.found}`).join("; ") || "all well"}`,
    );
    if (broken.length > 0) return false;
  }
  for (const mutation of chosen) {
    const result = await runMutation(tree, mutation, options.seed);
    const found = result.broken.map((check) => `${check.name}: ${check.found}`).join("; ");
    const silent = mutation.covered === undefined ? "NOT NOTICED" : `not noticed: ${mutation.covered}`;
    say(`${mutation.guard} (${mutation.profile}): ${found || silent}`);
    results.push(result);
  }
  if (options.write) replaceSection(tree, "mutations", mutationTable(results, options.seed));
  return results.every(({ broken, mutation }) => broken.length > 0 || mutation.covered !== undefined);
}

// What was started ends with us: by listeners of `exit`.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.on("uncaughtException", (error) => {
  if (isDriverError(error)) return;
  process.stderr.write(`${error.stack}\n`);
  process.exit(2);
});

await new Command("chaos")
  .description(
    "Does everything to a running predraft that it has to survive, and counts what is wrong afterwards.",
  )
  .option("--seed <n>", "replays the plan of an earlier run", count, 1 + Math.floor(Math.random() * 1e9))
  .option("--runs <n>", "so many in a row, each with the next seed", count, 1)
  .option("--profile <name>", "which dangers", named, "long" as const)
  .option("--interactions <n>", "how many are ingested", count)
  .option("--workers <n>", "worker processes", count)
  .option("--mutations [guard]", "takes guards out instead, one at a time: each has to be missed by a check")
  .option("--journal <file>", "writes the journal and the diary there as JSON")
  .option("--log", "the workers' logs on stderr", false)
  .option("--write", "puts the tables into docs/reliability.md", false)
  .action(async (options: Options) => {
    const good = await (options.mutations === undefined ? rage(options) : mutate(options));
    process.exitCode = good ? 0 : 1;
  })
  .parseAsync();
