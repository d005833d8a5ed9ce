import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Sql } from "../../db/client/connect.ts";
import { type Config, readConfig } from "../config.ts";
import type { Output } from "../console/output.ts";
import type { Tone } from "../domain/brief.ts";
import { PredraftError } from "../errors.ts";
import { type SellerChange, setSeller, showSeller } from "./seller.ts";

interface SellerFlags {
  readonly tone?: Tone;
  readonly signature?: string;
  readonly ownRules?: string;
  readonly ownRulesFile?: string;
  readonly timeZone?: string;
  readonly clearTone?: true;
  readonly clearSignature?: true;
  readonly clearOwnRules?: true;
  readonly clearTimeZone?: true;
  readonly enabled?: boolean;
  readonly reviews?: boolean;
  readonly questions?: boolean;
  readonly chats?: boolean;
}

/** Runs `work` with a client of the configured database. */
type WithClient = <T>(config: Config, work: (sql: Sql) => Promise<T>) => Promise<T>;

/** Adds `seller set` and `seller show` to the command line. */
export function registerSeller(program: Command, out: Output, withClient: WithClient): void {
  const seller = program.command("seller").description("see or change how drafts for one seller are written");

  const set = seller
    .command("set")
    .description("change a seller's voice and switches; what isn't named stays. Acts from the next draft on")
    .argument("<id>", "the seller's id, as the host has it")
    .addOption(new Option("--tone <tone>", "how to speak").choices(["formal", "neutral", "friendly"]))
    .option("--signature <text>", 'the last line of every reply; "" for none')
    .option("--own-rules <text>", 'rules of the seller\'s own, in plain words; "" for none')
    .addOption(new Option("--own-rules-file <file>", "the same, from a text file").conflicts("ownRules"))
    .option("--time-zone <zone>", "in which the seller's day begins: Europe/Moscow");
  for (const what of ["tone", "signature", "own-rules", "time-zone"]) {
    const given = what.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
    const rivals = given === "ownRules" ? [given, "ownRulesFile"] : [given];
    set.addOption(
      new Option(`--clear-${what}`, "take it back: the host's acts, or the default").conflicts(rivals),
    );
  }
  for (const [name, what] of Object.entries(switched)) {
    set.addOption(new Option(`--${name} <on|off>`, what).argParser(onOff));
  }
  set.action(async (id: string, flags: SellerFlags) => {
    const change = await changeOf(flags);
    await withClient(readConfig(), async (sql) => {
      await setSeller(sql, id, change);
      await showSeller(sql, out, id);
    });
  });

  seller
    .command("show")
    .description("print what acts for a seller, and whose word it is: predraft's or the host's")
    .argument("<id>", "the seller's id, as the host has it")
    .action(async (id: string) => {
      await withClient(readConfig(), (sql) => showSeller(sql, out, id));
    });
}

const switched = {
  enabled: "drafts made beforehand for this seller",
  reviews: "the same for reviews alone",
  questions: "for questions",
  chats: "for chats",
} as const;

function onOff(text: string): boolean {
  if (/^(?:on|true|yes|1)$/i.test(text)) return true;
  if (/^(?:off|false|no|0)$/i.test(text)) return false;
  throw new InvalidArgumentError("Write on or off.");
}

async function changeOf(flags: SellerFlags): Promise<SellerChange> {
  const { ownRulesFile } = flags;
  const rules = ownRulesFile === undefined ? flags.ownRules : await readRules(ownRulesFile);
  const given = <T>(clear: true | undefined, value: T | undefined): T | null | undefined =>
    clear ? null : value;
  const all = {
    tone: given(flags.clearTone, flags.tone),
    signature: given(flags.clearSignature, flags.signature),
    ownRules: given(flags.clearOwnRules, rules),
    timeZone: given(flags.clearTimeZone, flags.timeZone),
    enabled: flags.enabled,
    reviewEnabled: flags.reviews,
    questionEnabled: flags.questions,
    chatEnabled: flags.chats,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function readRules(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PredraftError("The file with the seller's rules cannot be read", {
      code: "file_unreadable",
      hint: "Check the path given with --own-rules-file.",
      cause,
    });
  }
}
