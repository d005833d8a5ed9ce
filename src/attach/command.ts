import { type Command, InvalidArgumentError, Option } from "commander";
import { quote } from "../../db/migrate/render/quote.ts";
import { readConfig } from "../config.ts";
import { findDatabase } from "../console/database.ts";
import type { Output } from "../console/output.ts";
import { onSignal } from "../console/shutdown.ts";
import { createAsk } from "../console/terminal.ts";
import type { AttachRun } from "./attach.ts";
import type { ExistingDrafts } from "./attachment.ts";
import { messageColumns } from "./mapping/messages.ts";
import { parseColumn, parseRelation } from "./names.ts";

interface AttachFlags {
  readonly table: string;
  readonly metadataColumn: string;
  readonly messages?: string;
  readonly chats?: string;
  readonly products?: string;
  readonly settings?: string;
  readonly column?: Readonly<Record<string, string>>;
  readonly expression?: Readonly<Record<string, string>>;
  readonly constant?: Readonly<Record<string, string>>;
  readonly value?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly messagesColumn?: Readonly<Record<string, string>>;
  readonly messagesFilter?: string;
  readonly messagesDirection?: string;
  readonly watchMessages?: boolean;
  readonly incoming?: readonly string[];
  readonly threadOf?: string;
  readonly nameKey?: readonly string[];
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
    .option(
      "--column <ours=theirs>",
      "a column of another name: text=body, needs_response='not answered'; repeatable",
      collectColumn,
    )
    .option(
      "--expression <ours=sql>",
      "SQL over the row in place of a column: needs_response='waiting_since is not null'; repeatable",
      collectPair("--expression"),
    )
    .option(
      "--constant <ours=value>",
      "the same for every row: channel=chat; repeatable",
      collectPair("--constant"),
    )
    .option(
      "--value <ours:theirs=ours>",
      "its word for one of predraft's: status:ANSWERED=responded; repeatable",
      collectValue,
    )
    .option(
      "--messages-column <ours=theirs>",
      `a column of the messages: ${messageColumns.join(", ")}; repeatable`,
      collectMessagesColumn,
    )
    .option("--messages-filter <sql>", "which messages count, as SQL over one: 'not private'")
    .option("--messages-direction <sql>", "true for the buyer's, as SQL over a message: 'user_id is null'")
    .option(
      "--watch-messages",
      "see a buyer's line before it shows in its interaction: a trigger on the messages",
    )
    .option("--incoming <value>", "a direction that means: from the buyer; repeatable", collect)
    .option(
      "--thread-of <column>",
      "names an interaction's thread: its column (id, too), or a key of its document as document.key",
    )
    .option("--name-key <key>", "a key of the document that holds the buyer's name; repeatable", collect)
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
  const documentColumn = parseColumn(flags.metadataColumn, "--metadata-column");
  return {
    host: {
      table: parseRelation(flags.table, "--table"),
      documentColumn,
      messages: relation(flags.messages, "--messages"),
      chats: relation(flags.chats, "--chats"),
      products: relation(flags.products, "--products"),
      settings: relation(flags.settings, "--settings"),
      ...splitNegated(flags),
      constants: flags.constant ?? {},
      values: flags.value ?? {},
      nameKeys: flags.nameKey ?? [],
      ...(flags.messagesColumn === undefined ? {} : { messagesColumns: flags.messagesColumn }),
      messagesFilter: flags.messagesFilter,
      messagesDirection: flags.messagesDirection,
      watchMessages: flags.watchMessages,
      incoming: flags.incoming ?? [],
      threadOf: flags.threadOf === undefined ? undefined : parseThreadOf(flags.threadOf, documentColumn),
    },
    existing: flags.existingDrafts,
    dryRun: flags.dryRun,
    yes: flags.yes,
  };
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

type Pairs = Readonly<Record<string, string>>;

function collectColumn(value: string, before: Pairs = {}): Pairs {
  const [, canonical, actual] = /^([a-z_]+)=(.+)$/.exec(value) ?? [];
  if (canonical === undefined || actual === undefined)
    throw new InvalidArgumentError("Write it as ours=theirs, for instance text=body.");
  const [, negated] = /^not\s+(.+)$/i.exec(actual) ?? [];
  const name = parseColumn(negated ?? actual, "--column");
  return { ...before, [canonical]: negated === undefined ? name : `not ${name}` };
}

/** `not answered` is an expression; no column name that was read from the command line begins so. */
function splitNegated({
  column = {},
  expression = {},
}: AttachFlags): Pick<AttachRun["host"], "columns" | "expressions"> {
  const isNegated = ([, name]: readonly [string, string]): boolean => name.startsWith("not ");
  const entries = Object.entries(column);
  return {
    columns: Object.fromEntries(entries.filter((entry) => !isNegated(entry))),
    expressions: {
      ...Object.fromEntries(
        entries.filter(isNegated).map(([name, text]) => [name, `not ${quote(text.slice(4))}`]),
      ),
      ...expression,
    },
  };
}

const collectPair =
  (option: string) =>
  (value: string, before: Pairs = {}): Pairs => {
    const [, canonical, rest] = /^([a-z_]+)=([\s\S]*)$/.exec(value) ?? [];
    if (canonical === undefined || rest === undefined)
      throw new InvalidArgumentError(`Write it as ${option} ours=…, for instance channel=….`);
    return { ...before, [canonical]: rest };
  };

function collectMessagesColumn(value: string, before: Pairs = {}): Pairs {
  const [, role, actual] = /^([a-z_]+)=(.+)$/.exec(value) ?? [];
  if (actual === undefined || !messageColumns.some((known) => known === role))
    throw new InvalidArgumentError(`Write it as ours=theirs; ours are ${messageColumns.join(", ")}.`);
  return { ...before, [role as string]: parseColumn(actual, "--messages-column") };
}

function collectValue(
  value: string,
  before: Readonly<Record<string, Pairs>> = {},
): Readonly<Record<string, Pairs>> {
  const [, canonical, theirs, ours] = /^([a-z_]+):(.+)=([a-z]+)$/.exec(value) ?? [];
  if (canonical === undefined || theirs === undefined || ours === undefined)
    throw new InvalidArgumentError("Write it as column:theirs=ours, for instance status:ANSWERED=responded.");
  return { ...before, [canonical]: { ...before[canonical], [theirs]: ours } };
}

function parseThreadOf(text: string, documentColumn: string): AttachRun["host"]["threadOf"] {
  const [, document, key] = /^([^."]+|"(?:[^"]|"")+")\.(.+)$/.exec(text) ?? [];
  return document !== undefined &&
    key !== undefined &&
    parseColumn(document, "--thread-of") === documentColumn
    ? { documentKey: key }
    : { column: parseColumn(text, "--thread-of") };
}
