import type { CanonicalColumn } from "../../../db/host/mapping.ts";
import type { AttachOptions, Inspection, ReportLine } from "../facts.ts";
import type { ColumnVerdict } from "./columns.ts";

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

/** Where the buyer's name comes from: a column, or keys of the document. */
export function judgeNames(
  { sample, surroundings }: Inspection,
  options: AttachOptions,
  columns: Record<CanonicalColumn, ColumnVerdict>,
): { keys: string[]; line: ReportLine } {
  const line = (level: ReportLine["level"], text: string): ReportLine => ({ level, subject: "names", text });
  if (hasName(columns)) {
    const name = columns.customer_name.column;
    return {
      keys: [],
      line: line("ok", `${name === null ? "as given" : `the column ${name}`}; the document is not asked`),
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
        line: line(
          "assumed",
          `${usualNameKeys.slice(0, 2).join(", ")} of the document (assumed: no rows yet)`,
        ),
      }
    : {
        keys: [],
        line: line(
          "note",
          "none seen in the newest documents: drafts greet without one; name a key with --name-key",
        ),
      };
}

/** A name that the document gives is not missing. */
export function withNames(name: CanonicalColumn, line: ReportLine, keys: readonly string[]): ReportLine {
  return name === "customer_name" && line.level === "note" && keys.length > 0
    ? { ...line, text: `no such column: read from the document (${keys.join(", ")})` }
    : line;
}

/** Whether a column, an expression or a constant gives the buyer's name. */
export const hasName = ({ customer_name: name }: Record<CanonicalColumn, ColumnVerdict>): boolean =>
  name.column !== null || name.expression !== undefined || name.constant !== undefined;
