import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type postgres from "postgres";
import { rowOf } from "./content.ts";
import type { Known } from "./lane.ts";

/** The ways in which hosts write new rows. */
export type Way = "single" | "bulk" | "upsert" | "copy";

const columns = [
  "seller_id",
  "channel",
  "external_id",
  "text",
  "rating",
  "priority",
  "extra_data",
  "occurred_at",
] as const;

/** Ingests by one statement. `repeated`: an earlier try was cut off, and may have come through. */
export async function ingest(
  sql: postgres.Sql,
  way: Way,
  known: readonly Known[],
  sellers: number,
  repeated: boolean,
): Promise<void> {
  const rows = known.map(({ k, version }) => {
    const { age_seconds, ...row } = rowOf(k, version, sellers);
    return { ...row, occurred_at: new Date(Date.now() - age_seconds * 1_000).toISOString() };
  });
  if (way === "copy" && !repeated) return await copy(sql, rows);
  const conflict =
    way === "upsert"
      ? sql`on conflict on constraint interactions_external_key do update
          set text = excluded.text, rating = excluded.rating, extra_data = excluded.extra_data, updated_at = now()`
      : repeated
        ? sql`on conflict do nothing`
        : sql``;
  await sql`
    insert into public.interactions (${sql(columns)})
    select ${sql(columns)} from jsonb_populate_recordset(null::public.interactions, ${sql.json(rows)})
    ${conflict}`;
}

type Row = Readonly<Record<(typeof columns)[number], unknown>>;

async function copy(sql: postgres.Sql, rows: readonly Row[]): Promise<void> {
  const stream = await sql`copy public.interactions (${sql(columns)}) from stdin`.writable();
  // postgres.js keeps the stream after its end, and destroys it when the connection is cut later; what matters `pipeline` tells.
  stream.on("error", () => undefined);
  const lines = rows.map((row) => `${columns.map((column) => field(row[column])).join("\t")}\n`);
  await pipeline(Readable.from(lines), stream);
}

/** Nothing here holds a tab, a newline or a backslash. */
const field = (value: unknown): string =>
  value === null ? "\\N" : typeof value === "object" ? JSON.stringify(value) : String(value);
