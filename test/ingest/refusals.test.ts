import type postgres from "postgres";
import { describe, expect } from "vitest";
import { ingest } from "../../src/ingest/ingest.ts";
import { test } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";
import { chat, each, message, review, seller, take } from "./lines.ts";

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

  test("is reported in its turn, whether it could not be read or not be written", async ({ db: { sql } }) => {
    const orphan = { ...review, seller_id: 2 };
    const lines = [seller, orphan, "{broken", review, orphan, "nothing", chat, message("m", "in", "-1h")];
    for (const batchSize of [2, 3, 500]) {
      expect((await take(sql, lines, batchSize)).refusedLines, `${batchSize}`).toEqual([2, 3, 5, 6]);
    }
  });

  test("is reported even if the database fails later in its batch", async ({ db: { sql } }) => {
    await sql`alter table public.interactions rename to gone`;
    const refused: number[] = [];
    const lines = each([seller, "{broken", review]);
    await expect(ingest({ sql, lines, onRefused: ({ line }) => refused.push(line) })).rejects.toThrow();
    expect(refused).toEqual([2]);
  });

  test("with a date in the future is refused, for it would be the newest for good; a clock may be wrong by a day", async ({
    db: { sql },
  }) => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const { refusals } = await take(sql, [
      seller,
      { ...review, occurred_at: "2099-01-01T00:00:00Z" },
      { ...review, external_id: "r-2", occurred_at: inHours(20) },
      chat,
      message("m-1", "in", inHours(30)),
      message("m-2", "in", inHours(-1)),
    ]);
    expect(refusals).toEqual([
      { line: 2, reason: "occurred_at: is in the future: it must be a time that has passed" },
      { line: 5, reason: "sent_at: is in the future: it must be a time that has passed" },
    ]);
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
