import { type Command, InvalidArgumentError, Option } from "commander";
import { readConfig } from "../config.ts";
import { findDatabase } from "../console/database.ts";
import type { Output } from "../console/output.ts";
import { onSignal } from "../console/shutdown.ts";
import { createAsk } from "../console/terminal.ts";
import type { AttachRun } from "./attach.ts";
import type { ExistingDrafts } from "./attachment.ts";
import { parseColumn, parseRelation } from "./names.ts";

interface AttachFlags {
  readonly table: string;
  readonly metadataColumn: string;
  readonly messages?: string;
  readonly chats?: string;
  readonly products?: string;
  readonly settings?: string;
  readonly column: Readonly<Record<string, string>>;
  readonly nameKey: readonly string[];
  readonly existingDrafts: ExistingDrafts;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Adds `attach` and `detach` to the command line. */
export function registerAttach(program: Command, out: Output): void {
  program
    .command("attach")
    .description(
      "put predraft beside another application's interactions; nothing of that application changes",
    )
    .requiredOption(
      "--table <schema.table>",
      "its interactions; names with capitals or spaces in double quotes",
    )
    .requiredOption("--metadata-column <name>", "the json or jsonb column that gets last_ai_draft")
    .option("--messages <schema.table>", "lines of its chats (found by itself where called messages)")
    .option("--chats <schema.table>", "its chats")
    .option(
      "--products <schema.table>",
      "what it knows of products (found by itself where called product_cache)",
    )
    .option("--settings <schema.table>", "its settings, with columns key and value (runtime_settings)")
    .option("--column <ours=theirs>", "a column of another name: text=body; repeatable", collectColumn, {})
    .option("--name-key <key>", "a key of the document that holds the buyer's name; repeatable", collect, [])
    .addOption(
      new Option("--existing-drafts <what>", "drafts that are there already: keep them, or make them anew")
        .choices(["adopt", "regenerate"])
        .default("adopt"),
    )
    .option("--dry-run", "print what it would do as SQL, and change nothing", false)
    .option("--yes", "buy the backlog without asking", false)
    .action(async (flags: AttachFlags) => {
      const config = readConfig();
      const run = readFlags(flags);
      const { runAttach } = await import("./attach.ts");
      await runAttach(
        {
          url: findDatabase(config).directUrl,
          llm: config.llm,
          out,
          stderr: process.stderr,
          ask: createAsk(process.stdin, process.stdout),
          stopping: onSignal(),
        },
        run,
      );
    });

  program
    .command("detach")
    .description("take predraft out of another application's database, and leave no trace")
    .option("--drop-drafts", "take the drafts out of the documents, too", false)
    .option("--yes", "do not ask", false)
    .option("--force", "even with workers alive, or where objects of the host's go with the schema", false)
    .action(async (run: { dropDrafts: boolean; yes: boolean; force: boolean }) => {
      const url = findDatabase(readConfig()).directUrl;
      const { runDetach } = await import("./detach.ts");
      await runDetach({ url, out, ask: createAsk(process.stdin, process.stdout), stopping: onSignal() }, run);
    });
}

function readFlags(flags: AttachFlags): AttachRun {
  const relation = (text: string | undefined, option: string) =>
    text === undefined ? undefined : parseRelation(text, option);
  return {
    host: {
      table: parseRelation(flags.table, "--table"),
      documentColumn: parseColumn(flags.metadataColumn, "--metadata-column"),
      messages: relation(flags.messages, "--messages"),
      chats: relation(flags.chats, "--chats"),
      products: relation(flags.products, "--products"),
      settings: relation(flags.settings, "--settings"),
      columns: flags.column,
      nameKeys: flags.nameKey,
    },
    existing: flags.existingDrafts,
    dryRun: flags.dryRun,
    yes: flags.yes,
  };
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function collectColumn(value: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, canonical, actual] = /^([a-z_]+)=(.+)$/.exec(value) ?? [];
  if (canonical === undefined || actual === undefined)
    throw new InvalidArgumentError("Write it as ours=theirs, for instance text=body.");
  return { ...before, [canonical]: parseColumn(actual, "--column") };
}
