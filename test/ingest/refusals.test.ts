import type postgres from "postgres";
import { describe, expect } from "vitest";
import { test } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";
import { chat, message, review, seller, take } from "./lines.ts";

describe("a bad line", () => {
  test("is refused by its number, blank lines counted, and all others are kept", async ({ db: { sql } }) => {
    const { refusals, ...counts } = await take(sql, [
      seller,
      "",
      "{broken",
      review,
      { ...review, seller_id: 2 },
      { type: "product", seller_id: 2, nm_id: 7 },
      message("m-1", "in", "-3h"),
      "  \r",
      chat,
      message("m-2", "in", "-2h"),
      message("m-3", "in", "-2h", { marketplace: "ozon" }),
    ]);

    expect(counts).toMatchObject({ read: 9, sellers: 1, interactions: 2, messages: 2, refused: 4 });
    expect(refusals).toEqual([
      { line: 3, reason: expect.stringMatching(/^is not valid JSON/) },
      { line: 5, reason: "seller_id: there is no such seller; put its line before this one" },
      { line: 6, reason: "seller_id: there is no such seller; put its line before this one" },
      { line: 11, reason: expect.stringMatching(/^interaction: there is none with this seller_id/) },
    ]);
  });

  test("that only the database can refuse takes no other line with it", async ({ db: { sql } }) => {
    await sql`alter table public.interactions add constraint no_shouting check (text <> upper(text))`;
    const lines = Array.from({ length: 60 }, (_, n) => ({
      ...review,
      external_id: `r-${n}`,
      text: `тихо ${n}`,
    }));
    lines[17] = { ...review, external_id: "r-17", text: "ГРОМКО" };
    lines[41] = { ...review, external_id: "r-41", text: "И ЕЩЁ" };
    const { refusals, interactions } = await take(sql, [seller, ...lines]);

    expect(interactions).toBe(58);
    expect(refusals).toEqual([
      { line: 19, reason: "refused by the database (23514, no_shouting)" },
      { line: 43, reason: "refused by the database (23514, no_shouting)" },
    ]);
    expect(await sql`select count(*)::int from public.interactions`).toEqual([{ count: 58 }]);
  });

  test("with a time zone that Postgres does not have is refused alone", async ({ db: { sql } }) => {
    const { refusedLines } = await take(sql, [
      seller,
      { ...review, occurred_at: "2026-11-20T10:00:00+20:00" },
      chat,
    ]);
    expect(refusedLines).toEqual([2]);
  });

  test("is refused at its number whatever the batch size", async ({ db: { sql } }) => {
    for (const batchSize of [1, 2, 500]) {
      const { refusedLines } = await take(
        sql,
        [seller, "x", review, { ...review, seller_id: 9 }, chat],
        batchSize,
      );
      expect(refusedLines).toEqual([2, 4]);
    }
  });
});

describe("a batch that loses a deadlock against a host", () => {
  test("is written again", async ({ db }) => {
    const lines = ["r-1", "r-2"].map((external_id) => ({ ...review, external_id, rating: 5 }));
    await take(db.sql, [seller, ...lines]);
    const shout = (sql: postgres.ISql, id: string) =>
      sql`update public.interactions set text = 'host' where external_id = ${id}`;

    // The ingest waits first, so its check for deadlocks comes first and makes it the loser.
    const host = db.connect({ connection: { deadlock_timeout: 10_000 } });
    let again: ReturnType<typeof take> | undefined;
    await host.begin(async (tx) => {
      await shout(tx, "r-2");
      again = take(
        db.sql,
        lines.map((line) => ({ ...line, rating: 1 })),
      );
      const waiting = () => db.sql`select from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query like '%public.interactions%'`;
      await until(async () => (await waiting()).length > 0, { what: "the ingest waits for the host" });
      await shout(tx, "r-1");
    });

    expect(await again).toMatchObject({ refused: 0, interactions: 2 });
    expect(await db.sql`select distinct text, rating from public.interactions`).toEqual([
      { text: "host", rating: 1 },
    ]);
  });
});
