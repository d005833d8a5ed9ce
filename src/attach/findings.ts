import type { CanonicalColumn } from "../../db/host/mapping.ts";
import { qualified, quote } from "../../db/migrate/render/quote.ts";
import type { AttachOptions, Inspection, ReportLine, TableFacts } from "./facts.ts";
import type { ColumnVerdict } from "./mapping/columns.ts";
import { showName, shown } from "./names.ts";

const invalidate = "zz_predraft_10_invalidate";

/** What a person should know of this table before predraft is put beside it: keys, kind, rights, triggers, values. */
export function findingsOf(
  inspection: Inspection,
  options: AttachOptions,
  columns: Record<CanonicalColumn, ColumnVerdict>,
): ReportLine[] {
  return [
    ...kindLines(inspection.table),
    ...keyLines(inspection.table, columns.id.column),
    ...rightLines(inspection),
    ...securityLines(inspection.table),
    ...triggerLines(inspection),
    ...valueLines(inspection, options),
    ...timeLines(columns),
    ...documentLines(inspection, options),
  ];
}

const line = (level: ReportLine["level"], subject: string, text: string): ReportLine => ({
  level,
  subject,
  text,
});

function kindLines(table: TableFacts): ReportLine[] {
  const kinds: Record<string, string> = { v: "a view", m: "a materialized view", f: "a foreign table" };
  const kind = kinds[table.kind];
  if (kind)
    return [line("problem", "table", `${shown(table)} is ${kind}: triggers must be on the table behind it`)];
  if (table.kind !== "p" && table.partitions > 0) {
    return [
      line(
        "warning",
        "table",
        `${table.partitions} tables inherit from it: their rows are seen by no trigger of ours, only by the sweep`,
      ),
    ];
  }
  return table.kind === "p"
    ? [
        line(
          "warning",
          "table",
          `partitioned (${table.partitions} partitions): rows written straight to a partition fire none of the statement triggers; the sweep finds them within its minutes`,
        ),
      ]
    : [];
}

function keyLines(table: TableFacts, id: string | null): ReportLine[] {
  if (id === null) return [];
  if (table.uniques.some((columns) => columns.length === 1 && columns[0] === id)) return [];
  const composite = table.uniques.find((columns) => columns[0] === id);
  if (table.kind === "p" && composite) {
    return [
      line(
        "warning",
        "id",
        `unique only together with ${composite.slice(1).map(showName).join(", ")}: predraft takes it as unique by itself, and so must the host`,
      ),
    ];
  }
  return [
    line(
      "problem",
      "id",
      `no primary key or unique index on ${showName(id)} alone: alter table ${qualified(table)} add primary key (${quote(id)})`,
    ),
  ];
}

function rightLines({ table, surroundings }: Inspection): ReportLine[] {
  const lines: ReportLine[] = [];
  if (!surroundings.hasPredraft && !surroundings.mayCreateSchema) {
    lines.push(
      line(
        "problem",
        "rights",
        `${surroundings.user} may create no schema here: grant create on database ${quote(surroundings.database)} to ${quote(surroundings.user)}`,
      ),
    );
  }
  if (!table.rights.usage)
    lines.push(line("problem", "rights", `no usage of the schema ${showName(table.schema)}`));
  const lacking = (["select", "update", "trigger"] as const).filter((right) => !table.rights[right]);
  if (lacking.length > 0) {
    lines.push(
      line(
        "problem",
        "rights",
        `${surroundings.user} lacks ${lacking.join(", ")}: grant ${lacking.join(", ")} on ${qualified(table)} to ${quote(surroundings.user)}`,
      ),
    );
  }
  return lines;
}

function securityLines({ rls }: TableFacts): ReportLine[] {
  if (!rls.enabled) return [];
  return rls.active
    ? [
        line(
          "problem",
          "row security",
          "its policies hold for this role: predraft would miss rows, and take updates of none for lost races. Attach as the table's owner (without force row level security) or as a role with bypassrls",
        ),
      ]
    : [
        line(
          "warning",
          "row security",
          "on, and not for this role: predraft sees every row, and so does whoever may read predraft.interactions",
        ),
      ];
}

function triggerLines({ triggers }: Inspection): ReportLine[] {
  return triggers.map(({ name, before, row, writes, enabled, definition }) => {
    const late = before && row && writes && enabled && name > invalidate;
    const when = /(BEFORE|AFTER|INSTEAD OF) .*? ON /.exec(definition)?.[0].slice(0, -4).toLowerCase() ?? "";
    const what = `${showName(name)}, ${when}${enabled ? "" : " (disabled)"}`;
    return late
      ? line(
          "warning",
          "trigger",
          `${what}: fires after ${invalidate}; if it changes text, rating, status or the document, a stale draft can pass. Rename it to sort before "zz"`,
        )
      : line("note", "trigger", `${what}: the host's own, left as it is`);
  });
}

/** Rows that stay open although they were answered are seen by the status that none of them has. */
function valueLines({ sample }: Inspection, options: AttachOptions): ReportLine[] {
  if (options.values?.["status"] !== undefined || sample.rows < 1000) return [];
  const statuses = [...new Set(sample.values.flatMap(({ status }) => status ?? []))];
  if (statuses.length === 0 || statuses.some((status) => status.toLowerCase() === "responded")) return [];
  return [
    line(
      "warning",
      "status",
      `none of the newest ${sample.rows} rows is "responded" (${statuses.slice(0, 5).join(", ")}): if needs_response stays true on answered ones, drafts are made for them`,
    ),
  ];
}

function timeLines(columns: Record<CanonicalColumn, ColumnVerdict>): ReportLine[] {
  return (["occurred_at", "last_message_at"] as const)
    .filter((name) => columns[name].type === "timestamp without time zone" || columns[name].type === "date")
    .map((name) =>
      line("note", name, `${showName(columns[name].column ?? name)} says no time zone: read as UTC`),
    );
}

function documentLines({ sample, table }: Inspection, options: AttachOptions): ReportLine[] {
  const lines: ReportLine[] = [];
  if (sample.odd > 0)
    lines.push(
      line(
        "note",
        "document",
        `${sample.odd} of the newest documents are no JSON objects: they stay as they are, and get no draft`,
      ),
    );
  if (table.columns.find((c) => c.name === options.documentColumn)?.type === "json") {
    lines.push(
      line(
        "note",
        "document",
        "json: a document is written anew when a draft is put in (keys keep their values; spacing, order and duplicates do not stay)",
      ),
    );
  }
  return lines;
}
