import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { PredraftError } from "../errors.ts";
import { type BatchResult, type Entry, type Kind, writeBatch } from "./batch.ts";

const ORDER: readonly Kind[] = ["seller", "product", "interaction", "message"];
const CONFLICT_TRIES = 5;

/**
 * Writes a batch. If the database refuses the batch because of its content, halves it until only the bad lines are refused. Throws
 * every other error: a lost connection, a missing right, missing tables (as `PredraftError`), an abort.
 */
export async function writeGoodOnes(
  sql: postgres.Sql,
  entries: readonly Entry[],
  signal?: AbortSignal,
): Promise<BatchResult> {
  // Each half needs the sellers and interactions that its lines name, so the kinds stay in order.
  const ordered = ORDER.flatMap((kind) => entries.filter((entry) => entry.line.type === kind));
  return await halve(sql, ordered, signal);
}

async function halve(
  sql: postgres.Sql,
  entries: readonly Entry[],
  signal: AbortSignal | undefined,
): Promise<BatchResult> {
  signal?.throwIfAborted();
  try {
    return await writeThroughConflicts(sql, entries);
  } catch (error) {
    if (!isAboutData(error)) throw readable(error);
    const [only] = entries;
    if (entries.length === 1 && only) {
      return { written: nothing(), refused: [{ line: only.number, reason: reasonOf(error) }] };
    }
    const middle = Math.ceil(entries.length / 2);
    const first = await halve(sql, entries.slice(0, middle), signal);
    const second = await halve(sql, entries.slice(middle), signal);
    return join(first, second);
  }
}

// Another ingest of the same rows can deadlock this one; the loser tries again.
async function writeThroughConflicts(sql: postgres.Sql, entries: readonly Entry[]): Promise<BatchResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeBatch(sql, entries);
    } catch (error) {
      if (attempt === CONFLICT_TRIES || !["40001", "40P01"].includes(sqlState(error))) throw error;
      await delay(attempt * 20 * (1 + Math.random()));
    }
  }
}

function nothing(): Record<Kind, number> {
  return { seller: 0, product: 0, interaction: 0, message: 0 };
}

function join(a: BatchResult, b: BatchResult): BatchResult {
  const written = nothing();
  for (const kind of ORDER) written[kind] = a.written[kind] + b.written[kind];
  return { written, refused: [...a.refused, ...b.refused] };
}

interface DatabaseError {
  readonly code?: string;
  readonly column_name?: string;
  readonly constraint_name?: string;
}

function sqlState(error: unknown): string {
  return (error as DatabaseError | null)?.code ?? "";
}

// 22 data exception, 23 constraint, 54 program limit: faults of a line's content. P0001: a check of the host's own trigger.
function isAboutData(error: unknown): boolean {
  return /^(22|23|54)...$|^P0001$/.test(sqlState(error));
}

// Postgres' message and detail quote the row, which is buyer text; names and codes do not.
function reasonOf(error: unknown): string {
  const { code, column_name: column, constraint_name: constraint } = error as DatabaseError;
  if (code === "23502" && column) return `${column}: is missing`;
  if (code === "22008" || code === "22009") return "a time is further away than Postgres can store";
  if (code === "22003") return "a number is larger than Postgres can store";
  return `refused by the database (${[code, constraint ?? column].filter(Boolean).join(", ")})`;
}

function readable(error: unknown): unknown {
  if (!["42P01", "3F000", "42703"].includes(sqlState(error))) return error;
  return new PredraftError("the database has no tables to ingest into", {
    code: "ingest_no_tables",
    hint: "run `predraft migrate` first",
    cause: error,
  });
}
