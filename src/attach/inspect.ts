import type { Sql } from "../../db/client/connect.ts";
import { literal, qualified, quote } from "../../db/migrate/render/quote.ts";
import { PredraftError } from "../errors.ts";
import { readSurroundings, readTableNames, readTables, readTriggers } from "./catalogue.ts";
import type { AttachOptions, CheckedExpression, Inspection, SettingsFacts, TableFacts } from "./facts.ts";
import { findColumn } from "./mapping/columns.ts";
import { checkExpression } from "./mapping/expressions.ts";
import { directionColumns, findMessages } from "./mapping/messages.ts";
import { findSettings, holdsSettings, usualNames } from "./mapping/side-tables.ts";
import { foldedWords, translate } from "./mapping/vocabulary.ts";
import { showName, shown, similar } from "./names.ts";
import { emptySample, readSample } from "./sample.ts";

/**
 * Reads what attach has to know of a host, in some ten queries, none of which waits for a writer or makes one wait. Throws
 * `attach_table_missing`, `attach_document_unusable`, `attach_greenfield` or `attach_elsewhere`.
 */
export async function inspect(sql: Sql, options: AttachOptions): Promise<Inspection> {
  const surroundings = await readSurroundings(sql);
  refuseOccupied(surroundings, options);
  const asked = [options.table, options.messages, options.chats, options.products, options.settings];
  const names = [...Object.values(usualNames).flat(), ...asked.flatMap((r) => r?.name.toLowerCase() ?? [])];
  const tables = await readTables(sql, names);
  const table = tables.find((t) => t.schema === options.table.schema && t.name === options.table.name);
  if (!table) throw await missingTable(sql, options);
  refuseDocument(table, options);
  const others = tables.filter((t) => t !== table);
  const readable = table.rights.usage && table.rights.select;
  const messages = findMessages(others, options);
  const expressions = readable ? await checkExpressions(sql, table, options.expressions ?? {}) : {};
  const lines = messages?.rights.usage && messages.rights.select ? messages : undefined;
  const checkLine = async (source: string | undefined): Promise<CheckedExpression | undefined> =>
    lines && source !== undefined ? await checkExpression(sql, lines, source) : undefined;
  return {
    surroundings,
    table,
    others,
    triggers: await readTriggers(sql, table),
    sample: readable ? await sampleOf(sql, table, options, expressions) : emptySample,
    directions: lines ? await readDirections(sql, lines, options) : {},
    expressions,
    filter: await checkLine(options.messagesFilter),
    direction: await checkLine(options.messagesDirection),
    settings: await readHostSettings(sql, findSettings(others, options)),
  };
}

function refuseOccupied({ attachedTo, database }: Inspection["surroundings"], options: AttachOptions): void {
  if (attachedTo?.greenfield) {
    throw new PredraftError(
      `The database ${database} holds predraft's own interactions: there is no host to attach to`,
      {
        code: "attach_greenfield",
        hint: "Name the host's database in DATABASE_URL. `predraft start` and `migrate` made the tables that are here.",
      },
    );
  }
  if (
    attachedTo &&
    (attachedTo.table.schema !== options.table.schema || attachedTo.table.name !== options.table.name)
  ) {
    throw new PredraftError(`predraft is attached to ${shown(attachedTo.table)} in this database`, {
      code: "attach_elsewhere",
      hint: "One database, one table: run `predraft detach` first, or name that table.",
    });
  }
}

async function missingTable(sql: Sql, options: AttachOptions): Promise<PredraftError> {
  const all = await readTableNames(sql);
  const spelt = all.filter((r) => r.name.toLowerCase() === options.table.name.toLowerCase());
  const names = new Set(similar(options.table.name, [...new Set(all.map((r) => r.name))]));
  const meant = [...spelt, ...all.filter((r) => names.has(r.name))].slice(0, 3).map(shown);
  return new PredraftError(`There is no table ${shown(options.table)} that this role can see`, {
    code: "attach_table_missing",
    hint:
      meant.length > 0
        ? `Perhaps ${[...new Set(meant)].join(", ")}? Names with capitals need double quotes.`
        : "Is DATABASE_URL the host's database?",
  });
}

function refuseDocument(table: TableFacts, options: AttachOptions): void {
  const column = table.columns.find((c) => c.name === options.documentColumn);
  const documents = table.columns.filter((c) => /^jsonb?$/.test(c.type)).map((c) => showName(c.name));
  const refuse = (message: string): PredraftError =>
    new PredraftError(message, {
      code: "attach_document_unusable",
      hint:
        documents.length > 0
          ? `json and jsonb columns of ${shown(table)}: ${documents.join(", ")}`
          : `${shown(table)} has no json or jsonb column; add one: alter table ${qualified(table)} add column metadata jsonb`,
    });
  if (!column)
    throw refuse(`--metadata-column: ${shown(table)} has no column ${showName(options.documentColumn)}`);
  if (!/^jsonb?$/.test(column.type)) {
    throw refuse(
      `--metadata-column: ${showName(column.name)} is ${column.type}, and a draft needs a json or jsonb column`,
    );
  }
  if (column.generated)
    throw refuse(`--metadata-column: ${showName(column.name)} is generated, so no draft can be put there`);
}

async function checkExpressions(
  sql: Sql,
  table: TableFacts,
  sources: Readonly<Record<string, string>>,
): Promise<Record<string, CheckedExpression>> {
  const checked: Record<string, CheckedExpression> = {};
  for (const [canonical, source] of Object.entries(sources))
    checked[canonical] = await checkExpression(sql, table, source);
  return checked;
}

async function sampleOf(
  sql: Sql,
  table: TableFacts,
  options: AttachOptions,
  expressions: Inspection["expressions"],
): Promise<Inspection["sample"]> {
  const id = findColumn(table, "id", options.columns);
  if (id === undefined) return emptySample;
  const read = (canonical: string): string | null => {
    const constant = options.constants?.[canonical];
    if (constant !== undefined) return literal(constant);
    const checked = expressions[canonical];
    if (checked !== undefined) return "problem" in checked ? null : `(${checked.expression.sql})`;
    const column = findColumn(table, canonical, options.columns);
    return column === undefined ? null : quote(column.name);
  };
  const chatWords = foldedWords(options.values?.["channel"] ?? {});
  const needs = expressions["needs_response"];
  const needsTypes = [
    findColumn(table, "needs_response", options.columns)?.type,
    needs && "type" in needs ? needs.type : undefined,
    options.constants?.["needs_response"] === undefined ? undefined : "boolean",
  ];
  return readSample(sql, table, {
    id: id.name,
    document: options.documentColumn,
    channel: read("channel"),
    status: read("status"),
    priority: read("priority"),
    needs: needsTypes.findLast((type) => type !== undefined) === "boolean" ? read("needs_response") : null,
    isChat: (channel) => translate(chatWords, channel) === "chat",
  });
}

async function readDirections(
  sql: Sql,
  table: TableFacts,
  options: AttachOptions,
): Promise<Record<string, Record<string, number>>> {
  const directions: Record<string, Record<string, number>> = {};
  for (const column of directionColumns(table, options)) {
    const rows = await sql.unsafe<{ value: string; lines: number }[]>(
      `select ${quote(column)}::text as value, count(*)::int as lines from (select ${quote(column)} from ${qualified(table)} limit 5000) m
       where ${quote(column)} is not null group by 1 order by 2 desc limit 50`,
    );
    directions[column] = Object.fromEntries(rows.map(({ value, lines }) => [value, lines]));
  }
  return directions;
}

/** Values are read of our own keys only; of the others nothing but the shape of their names. */
async function readHostSettings(sql: Sql, table: TableFacts | undefined): Promise<SettingsFacts | null> {
  if (!table || !holdsSettings(table) || !table.rights.usage || !table.rights.select) return null;
  const rows = await sql.unsafe<{ key: string; value: string | null }[]>(
    `select key::text as key, case when key::text ~ '^(ai_draft|llm)_' then value::text end as value from ${qualified(table)}
     where key::text ~ '^(ai_draft|llm)_' or key::text ~ 'seller[:_/.-]?[0-9a-f-]+$' order by 1 limit 20000`,
  );
  const sellerPrefixes: Record<string, number> = {};
  const ours: Record<string, string | null> = {};
  for (const { key, value } of rows) {
    const prefix = /^(.*[:_/.-])[0-9a-f-]+$/.exec(key)?.[1];
    if (/^(ai_draft|llm)_/.test(key)) ours[key] = value;
    else if (prefix) sellerPrefixes[prefix] = (sellerPrefixes[prefix] ?? 0) + 1;
  }
  return { ours, sellerPrefixes };
}
