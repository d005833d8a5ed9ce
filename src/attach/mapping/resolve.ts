import {
  type CanonicalColumn,
  canonicalNames,
  type HostMapping,
  hostMapping,
} from "../../../db/host/mapping.ts";
import { qualified, quote } from "../../../db/migrate/render/quote.ts";
import type { AttachOptions, Inspection, ReportLine, Resolution } from "../facts.ts";
import { findingsOf } from "../findings.ts";
import { shown } from "../names.ts";
import { type ColumnVerdict, judgeColumn } from "./columns.ts";
import { hasName, judgeNames, withNames } from "./customer-names.ts";
import { judgeMessages } from "./messages.ts";
import { judgeSettings, judgeVoice } from "./settings.ts";
import { judgeProducts, type SideVerdict } from "./side-tables.ts";
import { judgeWords, valueDoubts } from "./vocabulary.ts";
import { watched, watchLine } from "./watch.ts";

/**
 * Decides what predraft reads where, and says so: a line for each canonical column, one for each side table, and what a
 * person should know. Pure: the same inspection and options give the same answer.
 */
export function resolve(inspection: Inspection, options: AttachOptions): Resolution {
  const columns = judgeColumns(inspection, options);
  const words = judgeWords(inspection, options, columns);
  const messages = judgeMessages(inspection, options);
  const products = judgeProducts(inspection, options);
  const names = judgeNames(inspection, options, columns);
  const settings = judgeSettings(inspection, options);
  const voice = judgeVoice(inspection);
  const { table } = inspection;
  const documentType = table.columns.find((c) => c.name === options.documentColumn)?.type;
  const lines = [
    ...unknownColumns(options),
    ...canonicalNames.map((name) => withNames(name, columns[name].line, names.keys)),
    {
      level: "ok",
      subject: "document",
      text: `${options.documentColumn} (${documentType}): last_ai_draft is written there`,
    } as const,
    ...Object.values(words).flatMap((vocabulary) => vocabulary.lines),
    sideLine("messages", messages, messages.assumed),
    ...watchLine(inspection, options, messages.mapping),
    ...chatsLine(inspection, options, messages.mapping !== null),
    sideLine("products", products),
    names.line,
    settings.line,
    voice.line,
    ...findingsOf(inspection, options, columns),
  ];
  const failed = lines.some((line) => line.level === "problem");
  const mapping = (): HostMapping =>
    hostMapping.parse({
      table: options.table,
      keys: { id: columns.id.type, seller_id: columns.seller_id.type },
      document: { column: options.documentColumn, type: documentType },
      columns: Object.fromEntries(canonicalNames.map((name) => [name, columns[name].column])),
      ...insteadOfColumns(columns),
      ...(Object.values(words).some((vocabulary) => vocabulary.words !== undefined)
        ? {
            values: Object.fromEntries(
              Object.entries(words).flatMap(([name, vocabulary]) =>
                vocabulary.words === undefined ? [] : [[name, vocabulary.words]],
              ),
            ),
          }
        : {}),
      customer_name_keys: hasName(columns) ? [] : names.keys,
      messages: watched(messages.mapping, options),
      products: products.mapping,
      seller_voice_prefix: voice.prefix,
      settings: settings.table,
      greenfield: false,
    });
  return {
    mapping: failed ? null : mapping(),
    lines,
    doubts: [...messages.doubts, ...valueDoubts(words)],
    advice: [
      messages.advice,
      products.advice,
      openIndex(inspection, columns, isPlain(options) && words.status.words === undefined),
    ].filter((line) => line !== undefined),
  };
}

function judgeColumns(
  inspection: Inspection,
  options: AttachOptions,
): Record<CanonicalColumn, ColumnVerdict> {
  return Object.fromEntries(
    canonicalNames.map((name) => [name, judgeColumn(inspection, name, options)]),
  ) as Record<CanonicalColumn, ColumnVerdict>;
}

/** What stands for columns that a host does not have. */
function insteadOfColumns(
  columns: Record<CanonicalColumn, ColumnVerdict>,
): Pick<HostMapping, "expressions" | "constants"> {
  const of = (what: "expression" | "constant") =>
    canonicalNames.flatMap((name) =>
      columns[name][what] === undefined ? [] : [[name, columns[name][what]]],
    );
  const [expressions, constants] = [of("expression"), of("constant")];
  return {
    ...(expressions.length > 0 ? { expressions: Object.fromEntries(expressions) } : {}),
    ...(constants.length > 0 ? { constants: Object.fromEntries(constants) } : {}),
  };
}

const isPlain = ({ expressions = {} }: AttachOptions): boolean => Object.keys(expressions).length === 0;

function unknownColumns(options: AttachOptions): ReportLine[] {
  const named = {
    column: options.columns,
    expression: options.expressions,
    constant: options.constants,
    value: options.values,
  };
  return Object.entries(named)
    .flatMap(([option, given]) => Object.keys(given ?? {}).map((name) => ({ option, name })))
    .filter(({ option, name }) =>
      option === "value"
        ? !["channel", "status", "priority"].includes(name)
        : !canonicalNames.includes(name as CanonicalColumn),
    )
    .map(({ option, name }) => ({
      level: "problem",
      subject: `--${option} ${name}`,
      text:
        option === "value"
          ? "predraft reads words in channel, status and priority"
          : `predraft has no such column; it knows ${canonicalNames.join(", ")}`,
    }));
}

const sideLine = (subject: string, verdict: SideVerdict<unknown>, isAssumed = false): ReportLine => ({
  level: verdict.mapping === null ? (verdict.named ? "problem" : "note") : isAssumed ? "assumed" : "ok",
  subject,
  text: verdict.text,
});

function chatsLine(inspection: Inspection, options: AttachOptions, threads: boolean): ReportLine[] {
  if (!options.chats) return [];
  const { schema, name } = options.chats;
  if (!inspection.others.some((t) => t.schema === schema && t.name === name)) {
    return [{ level: "problem", subject: "chats", text: `there is no table ${shown(options.chats)}` }];
  }
  const text = threads
    ? "not read: messages name their thread themselves"
    : "not read: without messages it says nothing a prompt needs";
  return [{ level: "note", subject: "chats", text: `${shown(options.chats)} is ${text}` }];
}

/** Spares the sweep a read of a big table. The condition is written as predraft.interactions writes it, or it would not be used. */
function openIndex(
  { table }: Inspection,
  columns: Record<CanonicalColumn, ColumnVerdict>,
  isPlain: boolean,
): string | undefined {
  const { needs_response: needs, status, occurred_at: at } = columns;
  if (!isPlain || table.rows < 200_000 || !needs.column || !status.column || !at.column) return undefined;
  const open = `${quote(needs.column)} is true and ${quote(status.column)}::text is distinct from 'responded'`;
  return `create index concurrently on ${qualified(table)} (${quote(at.column)} desc) where ${open};  -- the sweep reads the whole table without it`;
}
