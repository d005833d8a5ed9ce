import { PassThrough } from "node:stream";
import { describe, expect } from "vitest";
import { ingest } from "../../src/ingest/ingest.ts";
import { test } from "../helpers/test.ts";
import { chat, each, review, seller, take } from "./lines.ts";

describe("ingesting a stream", () => {
  test("counts after each batch", async ({ db: { sql } }) => {
    const reads: number[] = [];
    await ingest({
      sql,
      lines: each([seller, review, chat]),
      batchSize: 2,
      onProgress: ({ read }) => reads.push(read),
    });
    expect(reads).toEqual([2, 3]);
  });

  test("takes CRLF and a byte order mark", async ({ db: { sql } }) => {
    const lines = new PassThrough();
    lines.end(`\uFEFF${JSON.stringify(seller)}\r\n${JSON.stringify(review)}\r\n\r\n`);
    expect(await ingest({ sql, lines })).toMatchObject({ read: 2, refused: 0 });
  });

  test("stops when told to, though the stream delivers nothing", async ({ db: { sql } }) => {
    const stop = new AbortController();
    const lines = new PassThrough();
    const counts = ingest({ sql, lines, batchSize: 1, signal: stop.signal, onProgress: () => stop.abort() });
    lines.write(`${JSON.stringify(seller)}\n`);
    await expect(counts).rejects.toThrow(/abort/i);
    expect(await sql`select id from public.sellers`).toEqual([{ id: "1" }]);
  });

  test("says that the tables are missing", async ({ db: { sql } }) => {
    await sql`alter table public.sellers rename to merchants`;
    await expect(take(sql, [seller])).rejects.toMatchObject({ code: "ingest_no_tables" });
  });
});
