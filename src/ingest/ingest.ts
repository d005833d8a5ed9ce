import type postgres from "postgres";
import type { Entry, Kind, Refusal } from "./batch.ts";
import { writeGoodOnes } from "./bisect.ts";
import { lineParser } from "./line.ts";
import { type LineSource, readLines } from "./split.ts";

/** The lines so far: read (without blank ones), good ones by kind, refused ones; and the rows that were written. */
export interface IngestCounts {
  readonly read: number;
  readonly sellers: number;
  readonly interactions: number;
  readonly messages: number;
  readonly products: number;
  readonly refused: number;
  /** Rows inserted or changed. A seller's settings count as a row of their own. */
  readonly written: Readonly<Record<"sellers" | "interactions" | "messages" | "products", number>>;
}

/** What `ingest` needs. */
export interface IngestOptions {
  readonly sql: postgres.Sql;
  readonly lines: LineSource;
  /** Lines in a transaction; 500 by default. */
  readonly batchSize?: number;
  /** Called after each batch. */
  readonly onProgress?: (counts: IngestCounts) => void;
  /** Called for each line that was not written. */
  readonly onRefused?: (refusal: Refusal) => void;
  readonly signal?: AbortSignal;
}

// Lines can be 4 MB long, so a batch also ends at this many characters.
const BATCH_CHARACTERS = 8 * 1024 * 1024;

/**
 * Writes NDJSON lines to the host's tables, batch by batch, no faster than the database accepts them. Good lines are kept; a bad line
 * is refused with its number and what to fix. Ingesting the same lines again writes nothing. Throws if the source or the database fails
 * or `signal` aborts; earlier batches stay.
 */
export async function ingest(options: IngestOptions): Promise<IngestCounts> {
  const { sql, lines, batchSize = 500, onProgress, onRefused, signal } = options;
  const parse = lineParser(new Date());
  const tally = newTally();
  let batch: Entry[] = [];
  let unreadable: Refusal[] = [];
  let characters = 0;
  let number = 0;

  // Lines that cannot be read are reported with their batch, so that all refusals come in the order of the lines.
  const refuse = (refusals: readonly Refusal[]) => {
    for (const refusal of [...unreadable, ...refusals].toSorted((a, b) => a.line - b.line)) {
      tally.refused += 1;
      onRefused?.(refusal);
    }
    unreadable = [];
  };
  const flush = async () => {
    const { written, refused } = await writeGoodOnes(sql, batch, signal);
    refuse(refused);
    count(tally, batch, new Set(refused.map((refusal) => refusal.line)), written);
    batch = [];
    characters = 0;
    onProgress?.(countsOf(tally));
  };

  try {
    for await (const raw of readLines(lines, signal)) {
      signal?.throwIfAborted();
      number += 1;
      if ("text" in raw && raw.text.trim() === "") continue;
      tally.read += 1;
      const parsed = "text" in raw ? parse(raw.text) : raw;
      if ("refused" in parsed) unreadable.push({ line: number, reason: parsed.refused });
      else {
        batch.push({ number, line: parsed.line });
        characters += "text" in raw ? raw.text.length : 0;
      }
      if (batch.length + unreadable.length >= batchSize || characters >= BATCH_CHARACTERS) await flush();
    }
    if (batch.length + unreadable.length > 0) await flush();
  } finally {
    refuse([]); // if the source or the database failed
  }
  return countsOf(tally);
}

interface Tally {
  read: number;
  refused: number;
  readonly good: Record<Kind, number>;
  readonly written: Record<Kind, number>;
}

function newTally(): Tally {
  const none = { seller: 0, product: 0, interaction: 0, message: 0 };
  return { read: 0, refused: 0, good: { ...none }, written: { ...none } };
}

function count(
  tally: Tally,
  batch: readonly Entry[],
  refused: ReadonlySet<number>,
  written: Tally["written"],
) {
  for (const entry of batch) {
    if (!refused.has(entry.number)) tally.good[entry.line.type] += 1;
  }
  for (const kind of Object.keys(written) as Kind[]) tally.written[kind] += written[kind];
}

function countsOf({ read, refused, good, written }: Tally): IngestCounts {
  return { read, ...byTable(good), refused, written: byTable(written) };
}

function byTable(kinds: Readonly<Record<Kind, number>>) {
  return {
    sellers: kinds.seller,
    interactions: kinds.interaction,
    messages: kinds.message,
    products: kinds.product,
  };
}
