import type postgres from "postgres";

/** A table that lines are upserted into. Names and SQL come from this folder alone, never from a line. */
export interface UpsertTarget {
  readonly table: string;
  /** Key columns and their types. */
  readonly key: Readonly<Record<string, string>>;
  /** All other columns that a line can give. */
  readonly columns: Readonly<Record<string, string>>;
  /** What a new row gets (SQL) where its line gives nothing and the column is not null. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** What a given column becomes (SQL over `old`, `excluded` and `line`), where that isn't `excluded`'s value. */
  readonly merged?: Readonly<Record<string, string>>;
  /** A column that takes the time of each change. */
  readonly stamp?: string;
}

/** One row to write: the columns its line gives, and no others. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Inserts or updates `rows` in one statement and answers how many rows it wrote. A row touches the columns it gives
 * and no others; one that changes nothing is not written. Of several rows with one key the later one wins, column by
 * column. Throws what Postgres throws, and has written nothing then.
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
 * The statement behind `upsert`; its one parameter is a JSON array, sent as text. `excluded` cannot tell a column that
 * was not given from one given as null, so the update looks at the line itself. Written in key order, so that two
 * ingests of the same rows don't deadlock.
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
  // "offset 0" keeps the planner from looking the line up once a column.
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

// Every part is preceded by its length, so that no two keys read alike.
function keyText(alias: string, key: readonly string[]): string {
  const parts = key.map((column) => `length(${alias}.${column}::text) || ':' || ${alias}.${column}`);
  return `(${parts.join(" || ")})`;
}
