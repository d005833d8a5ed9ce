import { type CanonicalColumn, type HostExpression, isRequired } from "../../../db/host/mapping.ts";
import { canonicalTypes } from "../../../db/migrate/render/row.ts";
import type {
  AttachOptions,
  CheckedExpression,
  ColumnFacts,
  Inspection,
  ReportLine,
  TableFacts,
} from "../facts.ts";
import { showName, similar, snake } from "../names.ts";

const textual = ["text", "character varying", "character", "citext", "name", "enum"];
const identifying = [...textual, "uuid", "smallint", "integer", "bigint", "numeric"];
const instants = ["timestamp with time zone", "timestamp without time zone", "date"];
const integers = ["smallint", "integer", "bigint"];
/** What holds one of a few words, or a number or a flag that stands for one. */
const wordy = [...textual, ...integers, "boolean"];

interface Canonical {
  readonly types: readonly string[];
  /** What predraft does without it. */
  readonly without: string;
}

/** Every canonical column: which types can be read as it, and what its absence means. */
const canonicalColumns: Readonly<Record<CanonicalColumn, Canonical>> = {
  id: { types: ["integer", "bigint", "uuid"], without: "" },
  seller_id: { types: ["integer", "bigint", "uuid"], without: "" },
  channel: { types: wordy, without: "" },
  text: { types: textual, without: "" },
  status: { types: wordy, without: "" },
  needs_response: { types: ["boolean"], without: "" },
  marketplace: { types: textual, without: "drafts name no marketplace" },
  external_id: { types: identifying, without: "not needed" },
  customer_id: { types: identifying, without: "not needed" },
  customer_name: { types: textual, without: "drafts greet without a name" },
  order_id: { types: identifying, without: "not needed" },
  nm_id: { types: [...integers, "numeric", ...textual], without: "drafts know no product facts" },
  product_article: { types: identifying, without: "not needed" },
  product_name: {
    types: textual,
    without: "the product's name comes from the product facts, where there are any",
  },
  subject: { types: textual, without: "not needed" },
  rating: {
    types: [...integers, "numeric", "real", "double precision", ...textual],
    without: "reviews are answered by their text alone, a review without text as one without stars",
  },
  priority: { types: wordy, without: "predraft's own rules decide, by channel, rating and text" },
  occurred_at: {
    types: instants,
    without:
      "no order by age, ai_draft_max_age_days cannot apply, and a chat's next message with the same text is not noticed",
  },
  last_message_text: { types: textual, without: "a chat's text is taken as the preview of its last message" },
  last_message_at: { types: instants, without: "a chat's occurred_at identifies its last message" },
};

/** The column of this name; a shell takes the quotes from `"ticketId"`, so case may differ if only one column is meant. */
export function columnNamed(table: TableFacts, name: string): ColumnFacts | undefined {
  const exact = table.columns.find((column) => column.name === name);
  const alike = table.columns.filter((column) => column.name.toLowerCase() === name.toLowerCase());
  return exact ?? (alike.length === 1 ? alike[0] : undefined);
}

/** The column that a canonical name means in this table: the one named by hand, else the one of that name, however it is spelt. */
export function findColumn(
  table: TableFacts,
  canonical: string,
  byHand: Readonly<Record<string, string>> = {},
): ColumnFacts | undefined {
  const named = byHand[canonical];
  if (named !== undefined) return columnNamed(table, named);
  const exact = table.columns.find((column) => column.name === canonical);
  if (exact) return exact;
  const alike = table.columns.filter((column) => snake(column.name) === canonical);
  return alike.length === 1 ? alike[0] : undefined;
}

/** What a canonical column is mapped to, and the line that says so. */
export interface ColumnVerdict {
  readonly column: string | null;
  readonly type: string | null;
  readonly line: ReportLine;
  /** The expression that stands for the column. */
  readonly expression?: HostExpression;
  /** The value of every row. */
  readonly constant?: string;
}

/**
 * Judges one canonical column: a constant, an expression, or a column of the host's. It is a problem if a required one is missing or
 * cannot be used; any other is done without.
 */
export function judgeColumn(
  { table, expressions }: Inspection,
  canonical: CanonicalColumn,
  options: AttachOptions,
): ColumnVerdict {
  const constant = options.constants?.[canonical];
  if (constant !== undefined) return judgeConstant(canonical, constant);
  const expression = expressions[canonical];
  if (expression !== undefined) return judgeExpression(canonical, expression);
  return judgeFound(table, canonical, options.columns);
}

const byHandLine = (canonical: CanonicalColumn, level: ReportLine["level"], text: string): ReportLine => ({
  level,
  subject: canonical,
  text,
});

/** What a constant must look like to be a value of each type. */
const constantForms: Readonly<Record<string, RegExp>> = {
  text: /^/,
  int: /^\d{1,9}$/,
  bigint: /^\d{1,18}$/,
  boolean: /^(true|false)$/,
  timestamptz: /^(?!)/, // none: every row has a time of its own
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function judgeConstant(canonical: CanonicalColumn, constant: string): ColumnVerdict {
  const isUuid = canonical === "seller_id" && uuid.test(constant);
  const type = isUuid ? "uuid" : canonicalTypes[canonical];
  const verdict = (level: ReportLine["level"], text: string): ColumnVerdict => ({
    column: null,
    type: level === "ok" ? type : null,
    ...(level === "ok" ? { constant } : {}),
    line: byHandLine(canonical, level, text),
  });
  if (canonical === "id") return verdict("problem", "--constant: every row has an id of its own");
  if (!isUuid && !constantForms[type]?.test(constant))
    return verdict("problem", `--constant: ${constant} is no such value; it must be ${type}`);
  return verdict("ok", `always ${constant === "" ? "empty" : constant}`);
}

function judgeExpression(canonical: CanonicalColumn, checked: CheckedExpression): ColumnVerdict {
  const refuse = (text: string): ColumnVerdict => ({
    column: null,
    type: null,
    line: byHandLine(canonical, "problem", `--expression: ${text}`),
  });
  const { types } = canonicalColumns[canonical];
  if (canonical === "id" || canonical === "seller_id")
    return refuse("a key must be a column, so that its index is used; a seller may be a --constant");
  if ("problem" in checked) return refuse(checked.problem);
  const { expression, type } = checked;
  if (!types.includes(type)) return refuse(`${expression.sql} is ${type}; ${expectation(types)}`);
  return {
    column: null,
    type,
    expression,
    line: byHandLine(canonical, "ok", `${expression.sql} (${type})`),
  };
}

function judgeFound(
  table: TableFacts,
  canonical: CanonicalColumn,
  byHand: Readonly<Record<string, string>>,
): ColumnVerdict {
  const { types, without } = canonicalColumns[canonical];
  const required = isRequired(canonical);
  const verdict = (level: ReportLine["level"], text: string, found?: ColumnFacts): ColumnVerdict => ({
    column: found?.name ?? null,
    type: found?.type ?? null,
    line: { level, subject: canonical, text },
  });
  const found = findColumn(table, canonical, byHand);
  const named = byHand[canonical];
  if (!found && named !== undefined) {
    return verdict("problem", `there is no column ${showName(named)}${meant(named, table)}`);
  }
  if (!found) {
    return required
      ? verdict(
          "problem",
          `missing, and needed: name it with --column ${canonical}=…${meant(canonical, table)}, or say --expression or --constant`,
        )
      : verdict("note", `missing: ${without}`);
  }
  if (!types.includes(found.type)) {
    const why = `${showName(found.name)} is ${found.type}; ${expectation(types)}`;
    return required
      ? verdict("problem", `unusable: ${why}. ${remedy(canonical)}`)
      : verdict(
          named === undefined ? "warning" : "problem",
          `unusable: ${why}, so ${without}. ${remedy(canonical)}`,
        );
  }
  return verdict("ok", `${showName(found.name)} (${found.type})`, found);
}

const expectation = (types: readonly string[]): string =>
  `predraft can read ${types.length > 3 ? `${types.slice(0, 3).join(", ")} and the like` : types.join(" or ")}`;

const remedy = (canonical: string): string =>
  `Map another column with --column ${canonical}=…, or convert it with --expression ${canonical}='…'`;

function meant(wanted: string, table: TableFacts): string {
  const names = similar(
    wanted,
    table.columns.map((column) => column.name),
  );
  return names.length > 0 ? ` (perhaps ${names.map(showName).join(", ")})` : "";
}
