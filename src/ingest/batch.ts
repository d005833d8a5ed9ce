import type postgres from "postgres";
import type { Line } from "./line.ts";
import { insertMessages } from "./messages.ts";
import * as targets from "./targets.ts";
import { type Row, upsert } from "./upsert.ts";

/** The kinds of lines. */
export type Kind = Line["type"];

/** A checked line and its number, counted from 1. */
export interface Entry {
  readonly number: number;
  readonly line: Line;
}

/** A line that was not written, and what to fix in it. The reason never holds buyer text. */
export interface Refusal {
  readonly line: number;
  readonly reason: string;
}

/** The result of writing a batch: rows inserted or changed, by kind of line, and the refused lines. */
export interface BatchResult {
  readonly written: Record<Kind, number>;
  readonly refused: Refusal[];
}

const SETTINGS = ["tone", "signature", "own_rules", "time_zone"];

/**
 * Writes one batch in one transaction, so that a chat and its messages appear together: sellers, products,
 * interactions, messages. A line whose seller or interaction does not exist is refused; all others are written. If Postgres throws,
 * nothing is written.
 */
export async function writeBatch(sql: postgres.Sql, entries: readonly Entry[]): Promise<BatchResult> {
  return await sql.begin(async (tx) => {
    const of = (kind: Kind) => entries.filter((entry) => entry.line.type === kind);
    const refused: Refusal[] = [];
    const written = { seller: 0, product: 0, interaction: 0, message: 0 };

    written.seller = await writeSellers(tx, of("seller"));
    const known = await knownSellers(tx, [...of("product"), ...of("interaction")], refused);
    written.product = await upsert(tx, targets.productFacts(), known("product"));
    written.interaction = await upsert(tx, targets.interactions(), known("interaction"));

    const messages = of("message");
    const { written: inserted, orphans } = await insertMessages(tx, messages.map(rowOf));
    written.message = inserted;
    for (const position of orphans) {
      refused.push({ line: messages[position]?.number ?? 0, reason: NO_INTERACTION });
    }
    return { written, refused };
  });
}

const NO_INTERACTION =
  "interaction: there is none with this seller_id, marketplace, channel and external_id; put its line before this one";

function rowOf(entry: Entry): Row {
  const { type: _, ...row } = entry.line;
  return row;
}

async function writeSellers(tx: postgres.TransactionSql, entries: readonly Entry[]): Promise<number> {
  if (entries.length === 0) return 0;
  const rows = entries.map(rowOf);
  const pick = (row: Row, keys: readonly string[]) =>
    Object.fromEntries(Object.entries(row).filter(([key]) => keys.includes(key)));

  const written = await upsert(
    tx,
    targets.sellers(),
    rows.map((row) => pick(row, ["id", "name"])),
  );
  const settings = rows
    .map((row) => ({ seller_id: row["id"], ...pick(row, SETTINGS) }))
    .filter((row) => Object.keys(row).length > 1);
  const changed = await upsert(tx, targets.sellerSettings(), settings);
  await tx`
    select setval(s.sequence, s.highest)
      from (select pg_get_serial_sequence('public.sellers', 'id')::regclass as sequence, max(id) as highest
              from public.sellers) as s
     where s.highest > coalesce(pg_sequence_last_value(s.sequence), 0)
       and has_sequence_privilege(s.sequence, 'update')`;
  return written + changed;
}

/** Returns a function that gives the rows of a kind whose seller exists; refuses the others. */
async function knownSellers(tx: postgres.TransactionSql, entries: readonly Entry[], refused: Refusal[]) {
  const sellerOf = (entry: Entry) => String(rowOf(entry)["seller_id"]);
  const ids = [...new Set(entries.map(sellerOf))];
  const found =
    ids.length === 0
      ? []
      : await tx<{ id: string }[]>`
      select id::text as id from public.sellers where id = any (${ids}::text[]::bigint[])`;
  const existing = new Set(found.map((seller) => seller.id));
  for (const entry of entries.filter((one) => !existing.has(sellerOf(one)))) {
    refused.push({
      line: entry.number,
      reason: "seller_id: there is no such seller; put its line before this one",
    });
  }
  return (kind: Kind) =>
    entries.filter((entry) => entry.line.type === kind && existing.has(sellerOf(entry))).map(rowOf);
}
