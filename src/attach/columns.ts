import type { CanonicalColumn } from "../../db/host/mapping.ts";
import type { ColumnFacts, ReportLine, TableFacts } from "./facts.ts";
import { showName, similar, snake } from "./names.ts";

const textual = ["text", "character varying", "character", "citext", "name", "enum"];
const identifying = [...textual, "uuid", "smallint", "integer", "bigint", "numeric"];
const instants = ["timestamp with time zone", "timestamp without time zone", "date"];
const integers = ["smallint", "integer", "bigint"];

interface Canonical {
  readonly types: readonly string[];
  readonly required?: true;
  /** What predraft does without it. */
  readonly without: string;
}

/** Every canonical column: which types can be read as it, and what its absence means. */
const canonicalColumns: Readonly<Record<CanonicalColumn, Canonical>> = {
  id: { types: ["integer", "bigint", "uuid"], required: true, without: "" },
  seller_id: { types: ["integer", "bigint", "uuid"], required: true, without: "" },
  channel: { types: textual, required: true, without: "" },
  text: { types: textual, required: true, without: "" },
  status: { types: textual, required: true, without: "" },
  needs_response: { types: ["boolean"], required: true, without: "" },
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
  priority: { types: textual, without: "predraft's own rules decide, by channel, rating and text" },
  occurred_at: {
    types: instants,
    without:
      "no order by age, ai_draft_max_age_days cannot apply, and a chat's next message with the same text is not noticed",
  },
  last_message_text: { types: textual, without: "a chat's text is taken as the preview of its last message" },
  last_message_at: { types: instants, without: "a chat's occurred_at identifies its last message" },
};

/** Canonical names in the order in which they are reported. */
export const canonicalNames = Object.keys(canonicalColumns) as CanonicalColumn[];

/** The column that a canonical name means in this table: the one named by hand, else the one of that name, however it is spelt. */
export function findColumn(
  table: TableFacts,
  canonical: string,
  byHand: Readonly<Record<string, string>> = {},
): ColumnFacts | undefined {
  const named = byHand[canonical];
  if (named !== undefined) return table.columns.find((column) => column.name === named);
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
}

/** Judges one canonical column. A required one that is missing or unusable is a problem, any other is done without. */
export function judgeColumn(
  table: TableFacts,
  canonical: CanonicalColumn,
  byHand: Readonly<Record<string, string>>,
): ColumnVerdict {
  const { types, required, without } = canonicalColumns[canonical];
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
          `missing, and needed: name it with --column ${canonical}=…${meant(canonical, table)}`,
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
  `Map another column with --column ${canonical}=…, for instance a generated one that converts it`;

function meant(wanted: string, table: TableFacts): string {
  const names = similar(
    wanted,
    table.columns.map((column) => column.name),
  );
  return names.length > 0 ? ` (perhaps ${names.map(showName).join(", ")})` : "";
}
