import { type CanonicalColumn, type HostMapping, hostMapping } from "../../db/host/mapping.ts";
import { qualified, quote } from "../../db/migrate/render/quote.ts";
import { type ColumnVerdict, canonicalNames, judgeColumn } from "./columns.ts";
import type { AttachOptions, Inspection, ReportLine, Resolution } from "./facts.ts";
import { findingsOf } from "./findings.ts";
import { type Relation, shown } from "./names.ts";
import {
  findSettings,
  holdsSettings,
  judgeMessages,
  judgeProducts,
  type SideVerdict,
} from "./side-tables.ts";

/** Where predraft keeps settings for a host that has no table of them. */
export const ownSettings: Relation = { schema: "predraft", name: "runtime_settings" };

/** Keys of documents that tend to hold a buyer's name; the likeliest first. */
const usualNameKeys = [
  "user_name",
  "customer_name",
  "client_name",
  "buyer_name",
  "userName",
  "customerName",
  "clientName",
];

/**
 * Decides what predraft reads where, and says so: a line for each canonical column, one for each side table, and what a
 * person should know. Pure: the same inspection and options give the same answer.
 */
export function resolve(inspection: Inspection, options: AttachOptions): Resolution {
  const columns = judgeColumns(inspection, options);
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
    sideLine("messages", messages),
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
      customer_name_keys: columns.customer_name.column === null ? names.keys : [],
      messages: messages.mapping,
      products: products.mapping,
      seller_voice_prefix: voice.prefix,
      settings: settings.table,
      greenfield: false,
    });
  return {
    mapping: failed ? null : mapping(),
    lines,
    advice: [messages.advice, products.advice, openIndex(inspection, columns)].filter(
      (line) => line !== undefined,
    ),
  };
}

function judgeColumns(
  inspection: Inspection,
  options: AttachOptions,
): Record<CanonicalColumn, ColumnVerdict> {
  return Object.fromEntries(
    canonicalNames.map((name) => [name, judgeColumn(inspection.table, name, options.columns)]),
  ) as Record<CanonicalColumn, ColumnVerdict>;
}

function unknownColumns(options: AttachOptions): ReportLine[] {
  return Object.keys(options.columns)
    .filter((name) => !canonicalNames.includes(name as CanonicalColumn))
    .map((name) => ({
      level: "problem",
      subject: `--column ${name}`,
      text: `predraft has no such column; it knows ${canonicalNames.join(", ")}`,
    }));
}

/** A name that the document gives is not missing. */
function withNames(name: CanonicalColumn, line: ReportLine, keys: readonly string[]): ReportLine {
  return name === "customer_name" && line.level === "note" && keys.length > 0
    ? { ...line, text: `no such column: read from the document (${keys.join(", ")})` }
    : line;
}

const sideLine = (subject: string, verdict: SideVerdict<unknown>): ReportLine => ({
  level: verdict.mapping !== null ? "ok" : verdict.named ? "problem" : "note",
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

function judgeNames(
  { sample, surroundings }: Inspection,
  options: AttachOptions,
  columns: Record<CanonicalColumn, ColumnVerdict>,
): { keys: string[]; line: ReportLine } {
  const line = (level: ReportLine["level"], text: string): ReportLine => ({ level, subject: "names", text });
  if (columns.customer_name.column !== null) {
    return {
      keys: [],
      line: line("ok", `the column ${columns.customer_name.column}; the document is not asked`),
    };
  }
  if (options.nameKeys.length > 0) {
    const unseen = options.nameKeys.filter((key) => !sample.keys[key]);
    const text = `${options.nameKeys.join(", ")} of the document${unseen.length > 0 && sample.rows > 0 ? ` (not seen in the newest documents: ${unseen.join(", ")})` : ""}`;
    return {
      keys: [...options.nameKeys],
      line: line(unseen.length > 0 && sample.rows > 0 ? "note" : "ok", text),
    };
  }
  const seen = usualNameKeys.filter((key) => sample.keys[key]);
  if (seen.length > 0)
    return {
      keys: seen,
      line: line(
        "ok",
        `${seen.join(", ")} of the document (seen in ${Math.max(...seen.map((k) => sample.keys[k]?.count ?? 0))} of the newest)`,
      ),
    };
  const empty = sample.rows === 0 && surroundings.user !== "";
  return empty
    ? {
        keys: usualNameKeys.slice(0, 2),
        line: line("note", `${usualNameKeys.slice(0, 2).join(", ")} of the document (assumed: no rows yet)`),
      }
    : {
        keys: [],
        line: line(
          "note",
          "none seen in the newest documents: drafts greet without one; name a key with --name-key",
        ),
      };
}

function judgeSettings(
  inspection: Inspection,
  options: AttachOptions,
): { table: Relation; line: ReportLine } {
  const line = (level: ReportLine["level"], text: string): ReportLine => ({
    level,
    subject: "settings",
    text,
  });
  const table = findSettings(inspection.others, options);
  if (!table) {
    return options.settings
      ? { table: ownSettings, line: line("problem", `there is no table ${shown(options.settings)}`) }
      : {
          table: ownSettings,
          line: line(
            "note",
            "the host has no runtime_settings: predraft makes one of its own, predraft.runtime_settings(key, value)",
          ),
        };
  }
  const home = { schema: table.schema, name: table.name };
  if (!holdsSettings(table)) {
    const text = `${shown(table)} has no columns key and value`;
    return {
      table: ownSettings,
      line: line(
        options.settings ? "problem" : "warning",
        `${text}: predraft makes a table of its own, predraft.runtime_settings`,
      ),
    };
  }
  const lacking = (["usage", "select", "trigger"] as const).filter((right) => !table.rights[right]);
  if (lacking.length > 0)
    return { table: home, line: line("problem", `no right to ${lacking.join(", ")} on ${shown(table)}`) };
  const ours = Object.keys(inspection.settings?.ours ?? {});
  return {
    table: home,
    line: line(
      "ok",
      `${shown(table)}${ours.length > 0 ? `, which holds ${ours.join(", ")}` : "; none of predraft's keys is there: defaults act"}`,
    ),
  };
}

function judgeVoice(inspection: Inspection): { prefix: string | null; line: ReportLine } {
  const found = Object.entries(inspection.settings?.sellerPrefixes ?? {}).toSorted(
    ([a, n], [b, m]) => Number(/ai/.test(b)) - Number(/ai/.test(a)) || m - n,
  );
  const prefix = found.find(([name]) => /setting|tone|voice|ai/i.test(name))?.[0] ?? null;
  return {
    prefix,
    line: {
      level: prefix === null ? "note" : "ok",
      subject: "tone",
      text:
        prefix === null
          ? "no settings by seller found: every seller is neutral until predraft.seller_settings says otherwise"
          : `${prefix}<seller> of the settings`,
    },
  };
}

/** Spares the sweep of a big table; the condition is written as predraft.interactions writes it, or it would not be used. */
function openIndex(
  { table }: Inspection,
  columns: Record<CanonicalColumn, ColumnVerdict>,
): string | undefined {
  const { needs_response: needs, status, occurred_at: at } = columns;
  if (table.rows < 200_000 || !needs.column || !status.column || !at.column) return undefined;
  const open = `${quote(needs.column)} is true and ${quote(status.column)}::text is distinct from 'responded'`;
  return `create index concurrently on ${qualified(table)} (${quote(at.column)} desc) where ${open};  -- the sweep reads the whole table without it`;
}
