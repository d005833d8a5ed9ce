import { type Command, InvalidArgumentError } from "commander";
import { readConfig } from "../config.ts";
import { createOutput, type Output } from "../console/output.ts";
import { useProxies } from "../console/proxy.ts";
import { onSignal } from "../console/shutdown.ts";
import { priceOf } from "../llm/prices.ts";
import type { Judged } from "./score.ts";

interface EvalFlags {
  readonly concurrency: number;
  readonly json: boolean;
  readonly showTexts: boolean;
  readonly worst: number;
  readonly prices: unknown;
  readonly minIntent?: number;
  readonly minSentiment?: number;
  readonly minPriority?: number;
  readonly minEscalation?: number;
}

/** Adds `eval` to the command line. */
export function registerEval(program: Command, out: Output): void {
  program
    .command("eval")
    .summary("measure the configured model on a labelled set")
    .description(
      "have the configured model draft a labelled set, and print how well it understood it, at what cost and speed; writes nothing, needs no database",
    )
    .argument("<file>", "labelled NDJSON (docs/evaluation.md), or - for standard input")
    .option("--concurrency <n>", "calls at once", whole(1, 64), 4)
    .option("--json", "print JSON", false)
    .option("--worst <n>", "how many of the worst disagreements to list", whole(0, 1_000_000), 10)
    .option("--show-texts", "print buyers' texts and drafts beside disagreements", false)
    .option("--prices <json>", "prices as in the setting llm_prices", prices, {})
    .option("--min-intent <share>", "exit code 1 where fewer intents are right, e.g. 0.8", share)
    .option("--min-sentiment <share>", "the same for sentiments", share)
    .option("--min-priority <share>", "the same for priorities", share)
    .option("--min-escalation <share>", "the same for escalations", share)
    .addHelpText(
      "after",
      "\nEach interaction is one call (a repair call, where the answer is no good). The model is the environment's (LLM_PROVIDER,\n" +
        "LLM_MODEL, keys), not the setting llm_model of a database. A set of 120 comes with predraft: eval/interactions.ndjson",
    )
    .action(async (file: string, flags: EvalFlags) => {
      const { runEval } = await import("./eval.ts");
      const { concurrency, json, showTexts, worst, prices } = flags;
      const config = readConfig();
      useProxies(config.proxies);
      process.exitCode = await runEval(
        {
          config,
          out,
          stdin: process.stdin,
          stderr: process.stderr,
          notes: createOutput(process.stderr),
          stopping: onSignal(),
        },
        { file, concurrency, json, showTexts, worst, prices, thresholds: thresholdsOf(flags) },
      );
    });
}

function thresholdsOf(flags: EvalFlags): Partial<Record<Judged, number>> {
  const { minIntent, minSentiment, minPriority, minEscalation } = flags;
  return {
    ...(minIntent === undefined ? {} : { intent: minIntent }),
    ...(minSentiment === undefined ? {} : { sentiment: minSentiment }),
    ...(minPriority === undefined ? {} : { sla_priority: minPriority }),
    ...(minEscalation === undefined ? {} : { needs_escalation: minEscalation }),
  };
}

const whole = (least: number, most: number) => (text: string) => {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || number < least || number > most)
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  return number;
};

function share(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError("Give a share from 0 to 1, e.g. 0.8.");
  return number;
}

function prices(text: string): unknown {
  try {
    const given = JSON.parse(text) as unknown;
    const models = Object.keys(given as object);
    if (models.length > 0 && models.every((model) => priceOf(model, given) !== undefined)) return given;
  } catch {
    // reported below
  }
  throw new InvalidArgumentError(
    'Write it as {"model": {"input": 0.15, "cached": 0.003, "output": 0.6}}, USD a million tokens.',
  );
}
