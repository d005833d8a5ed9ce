import type postgres from "postgres";

/** A table that lines are upserted into. Its names and SQL come from this folder only, never from a line. */
export interface UpsertTarget {
  readonly table: string;
  /** Key columns and their types. */
  readonly key: Readonly<Record<string, string>>;
  /** All other columns that a line can give. */
  readonly columns: Readonly<Record<string, string>>;
  /** SQL of the value of a new row if the column is not null and the line does not give it. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** SQL over `old`, `excluded` and `line` for the new value of a column, if it is not simply `excluded`'s. */
  readonly merged?: Readonly<Record<string, string>>;
  /** A column that gets the time of each change. */
  readonly stamp?: string;
}

/** One row to write: only the columns that its line gives. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Inserts or updates `rows` in one statement and returns how many rows it wrote. A row changes only the columns that it gives; a row
 * that changes nothing is not written. If several rows have one key, the later row wins, column by column. If Postgres throws, nothing is
 * written.
 */
export async function upsert(
  sql: postgres.ISql,
  target: UpsertTarget,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const merged = mergeByKey(rows, Object.keys(target.key));
  const written = await sql.unsafe(upsertStatement(target), [JSON.stringify(merged)]);
  return written.count;
}

function mergeByKey(rows: readonly Row[], key: readonly string[]): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const name = JSON.stringify(key.map((column) => row[column]));
    byKey.set(name, { ...byKey.get(name), ...row });
  }
  return [...byKey.values()];
}

/**
 * The statement of `upsert`; its only parameter is a JSON array, sent as text. In `excluded`, a column that was not given looks like
 * one that was given as null, so the update reads the line itself. Rows are written in key order, so that two ingests of the same rows do
 * not deadlock.
 */
function upsertStatement(target: UpsertTarget): string {
  const key = Object.keys(target.key);
  const columns = Object.keys(target.columns);
  const types = Object.entries({ ...target.key, ...target.columns }).map(([name, type]) => `${name} ${type}`);
  const given = [...key, ...columns].map((column) => {
    const fallback = target.defaults?.[column];
    return fallback === undefined ? `g.${column}` : `coalesce(g.${column}, ${fallback})`;
  });
  const merged = columns.map(
    (column) =>
      `case when line ? '${column}' then ${target.merged?.[column] ?? `excluded.${column}`} else old.${column} end`,
  );
  // "offset 0" keeps the planner from looking the line up once for each column.
  const line = `(select lines.by_key -> ${keyText("old", key)} as line from lines offset 0) as l`;
  const stamp = target.stamp === undefined ? ["", ""] : [`, ${target.stamp}`, ", now()"];
  return `
with given as materialized (
  select r.*, l.line
    from jsonb_array_elements($1::text::jsonb) as l(line)
   cross join lateral jsonb_to_record(l.line) as r(${types.join(", ")})
),
lines as materialized (
  select jsonb_object_agg(${keyText("g", key)}, g.line) as by_key from given as g
)
insert into ${target.table} as old (${[...key, ...columns].join(", ")})
select ${given.join(", ")}
  from given as g
 order by ${key.map((column) => `g.${column}`).join(", ")}
on conflict (${key.join(", ")}) do update
  set (${columns.join(", ")}${stamp[0]}) = (select ${merged.join(", ")}${stamp[1]} from ${line})
where (select (${columns.map((column) => `old.${column}`).join(", ")}) is distinct from (${merged.join(", ")})
         from ${line})`;
}

// The length precedes each part, so that no two keys have the same text.
function keyText(alias: string, key: readonly string[]): string {
  const parts = key.map((column) => `length(${alias}.${column}::text) || ':' || ${alias}.${column}`);
  return `(${parts.join(" || ")})`;
}
