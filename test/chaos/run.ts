import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { runChaos } from "./chaos.ts";
import { isDriverError } from "./client.ts";
import { type ProfileName, profiles } from "./profile.ts";
import { printVerdict } from "./report.ts";

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

interface Options {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly interactions?: number;
  readonly workers?: number;
  readonly tree: string;
  readonly log: boolean;
  readonly write: boolean;
}

const program = new Command("chaos")
  .description(
    "Does everything to a running predraft that it has to survive, and counts what is wrong afterwards.",
  )
  .option("--seed <n>", "replays the plan of an earlier run", count, 1 + Math.floor(Math.random() * 1e9))
  .option("--profile <name>", "which dangers", named, "long" as const)
  .option("--interactions <n>", "how many are ingested", count)
  .option("--workers <n>", "worker processes", count)
  .option("--tree <path>", "the checkout to be tested", fileURLToPath(new URL("../..", import.meta.url)))
  .option("--log", "the workers' logs on stderr", false)
  .option("--write", "put the table into docs/reliability.md", false)
  .action(async (options: Options) => {
    const profile = {
      ...profiles[options.profile],
      ...(options.interactions === undefined ? {} : { interactions: options.interactions }),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
    };
    process.stdout.write(`seed ${options.seed}\n`);
    const result = await runChaos({
      profile,
      seed: options.seed,
      tree: options.tree,
      onLine: (line) => void (options.log && process.stderr.write(`${line}\n`)),
    });
    const good = await printVerdict(result, options);
    process.exitCode = good ? 0 : 1;
  });

process.on("uncaughtException", (error) => {
  if (isDriverError(error)) return;
  process.stderr.write(`${error.stack}\n`);
  process.exit(2);
});
await program.parseAsync();
