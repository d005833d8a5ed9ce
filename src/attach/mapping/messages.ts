import type { HostExpression, HostMapping } from "../../../db/host/mapping.ts";
import { qualified, quote } from "../../../db/migrate/render/quote.ts";
import type { AttachOptions, ColumnFacts, Doubt, Inspection, TableFacts } from "../facts.ts";
import { showName, shown, snake } from "../names.ts";
import { columnNamed } from "./columns.ts";
import { type DirectionVerdict, judgeDirection } from "./directions.ts";
import { find, findTable, type SideVerdict, usualNames } from "./side-tables.ts";

type Messages = NonNullable<HostMapping["messages"]>;

/** Columns that may name a messages table's thread, text, time and direction; the likeliest first. */
const usualColumns = {
  thread: ["chat_id", "thread_id", "conversation_id", "dialog_id", "interaction_id"],
  text: ["text", "body", "content", "message_text", "message"],
  sent_at: ["sent_at", "occurred_at", "created_at", "timestamp"],
  direction: ["direction", "author_type", "sender_type", "sender", "role"],
  external_id: ["external_message_id", "external_id", "message_id", "id"],
} as const;

type Role = keyof typeof usualColumns;

/** What predraft wants to know of a message. */
export const messageColumns = Object.keys(usualColumns) as readonly Role[];

/** How chats' messages are found, and what a person has to say about it. */
export interface MessagesVerdict extends SideVerdict<Messages> {
  readonly assumed: boolean;
  readonly doubts: readonly Doubt[];
}

/** The host's messages table, before it is known whether it can be used. */
export function findMessages(tables: readonly TableFacts[], options: AttachOptions): TableFacts | undefined {
  return findTable(tables, options.table, options.messages, usualNames.messages, (t) =>
    (["thread", "text", "sent_at"] as const).every((role) => columnOf(t, role, options)),
  );
}

/** Columns of a messages table that may tell who wrote. */
export function directionColumns(table: TableFacts, options: AttachOptions): string[] {
  const named = options.messagesColumns?.["direction"];
  if (named !== undefined) return [columnNamed(table, named)?.name].filter((name) => name !== undefined);
  return usualColumns.direction.flatMap((name) => find(table, [name])?.name ?? []);
}

function columnOf(table: TableFacts, role: Role, options: AttachOptions): ColumnFacts | undefined {
  const named = options.messagesColumns?.[role];
  return named === undefined ? find(table, usualColumns[role]) : columnNamed(table, named);
}

/** Judges the messages table that was named or found. */
export function judgeMessages(inspection: Inspection, options: AttachOptions): MessagesVerdict {
  const said = [options.messages, options.messagesColumns, options.messagesFilter, options.messagesDirection];
  const named = said.some((option) => option !== undefined);
  const none = (text: string, isProblem = named): MessagesVerdict => ({
    mapping: null,
    text,
    named: isProblem,
    assumed: false,
    doubts: [],
  });
  const table = findMessages(inspection.others, options);
  if (!table) return none(noTable(options));
  const unknown = Object.entries(options.messagesColumns ?? {}).find(
    ([, column]) => columnNamed(table, column) === undefined,
  );
  if (unknown) return none(`${shown(table)} has no column ${showName(unknown[1])}`);
  if (!table.rights.select || !table.rights.usage) return none(`no right to read ${shown(table)}`);
  const [thread, text, sentAt] = [
    columnOf(table, "thread", options),
    columnOf(table, "text", options),
    columnOf(table, "sent_at", options),
  ];
  if (!thread || !text || !sentAt) return none(missingColumns(table, options));
  const type = threadType(thread.type);
  if (!type)
    return none(
      `${shown(table)}.${showName(thread.name)} is ${thread.type}; it must be integer, bigint, uuid or text`,
    );
  const direction = findDirection(inspection, table, options);
  if (!direction)
    return none(`${shown(table)} does not say who wrote: no column ${usualColumns.direction.join(" or ")}`);
  if (direction.incoming.length === 0) {
    return none(
      `${direction.text}: say what the buyer's lines have, with --incoming or --messages-direction`,
      true,
    );
  }
  const threadOf = findThreadOf(inspection, thread, type, options);
  if (!threadOf) {
    return none(
      `nothing in an interaction points to ${shown(table)}.${showName(thread.name)}: no column and no key of that name; say which one with --thread-of`,
    );
  }
  const filter = readCondition(inspection.filter);
  if (typeof filter === "string") return none(`--messages-filter ${filter}`, true);
  return {
    mapping: {
      table: { schema: table.schema, name: table.name },
      thread: { column: thread.name, type },
      thread_of: threadOf.place,
      direction: direction.column,
      incoming: [...direction.incoming],
      ...(direction.assumed ? { incoming_assumed: true } : {}),
      ...(filter === undefined ? {} : { filter }),
      text: text.name,
      sent_at: sentAt.name,
      external_id: columnOf(table, "external_id", options)?.name ?? null,
    },
    named,
    assumed: direction.assumed || threadOf.assumed,
    doubts:
      direction.doubt === undefined
        ? []
        : [
            {
              text: direction.doubt,
              option: `--incoming ${direction.incoming[0]}, or the other one`,
              mayWait: false,
            },
          ],
    text:
      `${shown(table)}, thread ${showName(thread.name)} = ${threadOf.text}; ${direction.text}` +
      (filter === undefined ? "" : `; only lines with ${filter.sql}`),
    ...(table.indexed.includes(thread.name)
      ? {}
      : {
          advice: `create index concurrently on ${qualified(table)} (${quote(thread.name)});  -- each prompt reads the whole table without it`,
        }),
  };
}

/** A condition, or what is wrong with it. */
function readCondition(checked: Inspection["filter"]): HostExpression | string | undefined {
  if (checked === undefined) return undefined;
  if ("problem" in checked) return `cannot be taken: ${checked.problem}`;
  return checked.type === "boolean" ? checked.expression : `is ${checked.type}, and must be boolean`;
}

const noTable = (options: AttachOptions): string =>
  options.messages
    ? `there is no table ${shown(options.messages)}`
    : "none found: the interaction's text is the thread; name a table with --messages schema.table";

function missingColumns(table: TableFacts, options: AttachOptions): string {
  const missing = (["thread", "text", "sent_at"] as const).filter((role) => !columnOf(table, role, options));
  return `${shown(table)} has no column for ${missing.join(", ")} (${missing.map((role) => usualColumns[role].join(" or ")).join("; ")}): name it with --messages-column ${missing[0]}=…`;
}

/** Of the columns that may tell who wrote, the one that tells it most surely. */
function findDirection(
  { directions, direction }: Inspection,
  table: TableFacts,
  options: AttachOptions,
): (DirectionVerdict & { readonly column: Messages["direction"] }) | undefined {
  const said = readCondition(direction);
  if (typeof said === "string")
    return { column: "", incoming: [], assumed: false, rank: 0, text: `--messages-direction ${said}` };
  if (said !== undefined)
    return {
      column: said,
      incoming: ["true"],
      assumed: false,
      rank: 4,
      text: `from the buyer if ${said.sql}`,
    };
  return directionColumns(table, options)
    .map((column) => ({ ...judgeDirection(column, directions[column] ?? {}, options.incoming), column }))
    .toSorted((a, b) => b.rank - a.rank)[0];
}

function threadType(type: string): Messages["thread"]["type"] | undefined {
  if (type === "integer" || type === "bigint" || type === "uuid") return type;
  return type === "text" || type === "character varying" ? "text" : undefined;
}

interface ThreadOf {
  readonly place: Messages["thread_of"];
  readonly text: string;
  readonly assumed: boolean;
}

/** What names an interaction's thread: what the operator says, its own key, a column, or a key of the document whose values fit. */
function findThreadOf(
  { table, sample }: Inspection,
  thread: ColumnFacts,
  type: Messages["thread"]["type"],
  options: AttachOptions,
): ThreadOf | undefined {
  const ofColumn = (name: string): ThreadOf => ({
    place: { column: name },
    text: showName(name),
    assumed: false,
  });
  const ofKey = (key: string, assumed = false): ThreadOf => ({
    place: { document_key: key },
    text: `${showName(options.documentColumn)}.${key}${assumed ? " (assumed: no chat yet)" : ""}`,
    assumed,
  });
  const said = options.threadOf;
  if (said !== undefined && "documentKey" in said) return ofKey(said.documentKey);
  if (said !== undefined) {
    const named = columnNamed(table, said.column);
    return named && ofColumn(named.name);
  }
  const key = snake(thread.name);
  const isOwn = key === "interaction_id" || key === `${snake(table.name).replace(/s$/, "")}_id`;
  const own = isOwn ? (options.columns["id"] ?? "id") : undefined;
  const column = table.columns.find((c) => c.name === own) ?? find(table, [key]);
  if (column) return ofColumn(column.name);
  const fits = { integer: /^\d{1,10}$/, bigint: /^\d{1,19}$/, uuid: /^[0-9a-f-]{36}$/i, text: /^/ }[type];
  const seen = [thread.name, key].find((k) =>
    (sample.chatKeys[k] ?? sample.keys[k])?.values.some((v) => fits.test(v)),
  );
  if (seen !== undefined) return ofKey(seen);
  // An empty host shows no chat yet; what others call it is the best guess, and a wrong one costs only the thread.
  const hasChats =
    Object.keys(sample.chatKeys).length > 0 || sample.values.some(({ channel }) => channel === "chat");
  return hasChats || isOwn ? undefined : ofKey(thread.name, true);
}
