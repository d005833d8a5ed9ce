import { PassThrough } from "node:stream";
import type postgres from "postgres";
import { describe, expect } from "vitest";
import { loadDemo } from "../../db/host/demo.ts";
import type { Refusal } from "../../db/ingest/batch.ts";
import { ingest } from "../../db/ingest/ingest.ts";
import { test } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";

const seller = { type: "seller", id: 1, name: "Лён" };
const review = { type: "interaction", seller_id: 1, channel: "review", external_id: "r-1" };
const chat = { type: "interaction", seller_id: 1, channel: "chat", external_id: "c-1" };
const message = (external_id: string, direction: string, sent_at: string, more: object = {}) => ({
  type: "message",
  seller_id: 1,
  channel: "chat",
  interaction: "c-1",
  external_id,
  direction,
  text: `текст ${external_id}`,
  sent_at,
  ...more,
});

async function* each(lines: readonly (object | string)[]): AsyncGenerator<string> {
  for (const line of lines) yield typeof line === "string" ? line : JSON.stringify(line);
}

async function take(sql: postgres.Sql, lines: readonly (object | string)[], batchSize?: number) {
  const refusals: Refusal[] = [];
  const counts = await ingest({
    sql,
    lines: each(lines),
    onRefused: (refusal) => refusals.push(refusal),
    ...(batchSize === undefined ? {} : { batchSize }),
  });
  return { ...counts, refusals, refusedLines: refusals.map((refusal) => refusal.line) };
}

const jobs = async (sql: postgres.Sql) =>
  Number(
    (await sql`select count(*) from graphile_worker.jobs where task_identifier = 'generate_draft'`)[0]?.[
      "count"
    ],
  );

const interaction = async (sql: postgres.Sql, externalId = "r-1") =>
  (
    await sql`select *, xmin::text as version from public.interactions where external_id = ${externalId}`
  )[0] ?? {};

describe("ingesting", () => {
  test("writes each kind of line, with the settings that a seller's line gives", async ({ db: { sql } }) => {
    const counts = await take(sql, [
      { ...seller, tone: "friendly", signature: "Ваш Лён" },
      { type: "product", seller_id: 1, nm_id: 7, name: "Платье", attributes: { Состав: "лён", Вес: 5 } },
      { ...review, rating: 5, text: "Супер", nm_id: 7, occurred_at: "2026-11-20T10:00:00+03:00" },
      chat,
      message("m-1", "in", "-3h"),
    ]);

    expect(counts).toMatchObject({
      read: 5,
      sellers: 1,
      products: 1,
      interactions: 2,
      messages: 1,
      refused: 0,
    });
    expect(counts.written).toEqual({ sellers: 2, products: 1, interactions: 2, messages: 1 });
    expect(await sql`select tone, signature, time_zone from predraft.seller_settings`).toEqual([
      { tone: "friendly", signature: "Ваш Лён", time_zone: "Europe/Moscow" },
    ]);
    expect(await sql`select name, attributes from predraft.product_facts`).toEqual([
      { name: "Платье", attributes: { Состав: "лён", Вес: "5" } },
    ]);
    expect(await interaction(sql)).toMatchObject({
      marketplace: "wildberries",
      rating: 5,
      status: "open",
      needs_response: true,
      occurred_at: new Date("2026-11-20T07:00:00Z"),
    });
    expect(await interaction(sql, "c-1")).toMatchObject({ last_message_text: "текст m-1", status: "open" });
  });

  test("the same lines again writes no row and adds no job", async ({ db: { sql } }) => {
    const lines = [
      { ...seller, tone: "formal" },
      { type: "product", seller_id: 1, nm_id: 7, attributes: { Состав: "лён" } },
      { ...review, text: "Супер", extra_data: { source: "api" }, occurred_at: "2026-11-20T10:00:00Z" },
      { ...review, external_id: "r-2", extra_data: null },
      chat,
      message("m-1", "in", "2026-11-20T10:00:00Z"),
    ];
    await take(sql, lines);
    await sql`update public.interactions set extra_data = coalesce(extra_data, '{}') || jsonb_build_object('last_ai_draft',
      jsonb_build_object('text', 'Спасибо!', 'content_hash',
        predraft.content_hash(channel, rating, text, last_message_text, last_message_at))) where channel = 'review'`;
    const before = { jobs: await jobs(sql), version: (await interaction(sql))["version"] };

    const again = await take(sql, lines);

    expect(again.written).toEqual({ sellers: 0, products: 0, interactions: 0, messages: 0 });
    expect(await jobs(sql)).toBe(before.jobs);
    expect(before.jobs).toBeGreaterThan(0);
    expect((await interaction(sql))["version"]).toBe(before.version);
    expect((await interaction(sql))["extra_data"]).toMatchObject({
      source: "api",
      last_ai_draft: { text: "Спасибо!" },
    });
  });

  test("touches only the columns that a line gives", async ({ db: { sql } }) => {
    await take(sql, [
      { ...seller, tone: "formal", signature: "Ваш Лён" },
      { type: "product", seller_id: 1, nm_id: 7, name: "Платье", attributes: { Состав: "лён" } },
      {
        ...review,
        rating: 4,
        text: "Супер",
        extra_data: { a: 1 },
        status: "responded",
        needs_response: false,
      },
    ]);
    await take(sql, [
      { type: "seller", id: 1, tone: "friendly" },
      { type: "product", seller_id: 1, nm_id: 7, name: "Платье миди" },
      { ...review, rating: 5 },
    ]);

    expect(
      await sql`select name, tone, signature from public.sellers join predraft.seller_settings on seller_id = id`,
    ).toEqual([{ name: "Лён", tone: "friendly", signature: "Ваш Лён" }]);
    expect(await sql`select name, attributes from predraft.product_facts`).toEqual([
      { name: "Платье миди", attributes: { Состав: "лён" } },
    ]);
    expect(await interaction(sql)).toMatchObject({
      rating: 5,
      text: "Супер",
      extra_data: { a: 1 },
      status: "responded",
      needs_response: false,
    });
  });

  test("clears a column that a line gives as null", async ({ db: { sql } }) => {
    await take(sql, [seller, { ...review, text: "Супер", rating: 4 }]);
    await take(sql, [{ ...review, text: null }]);
    expect(await interaction(sql)).toMatchObject({ text: null, rating: 4 });
  });

  test("leaves a chat's state as its messages made it", async ({ db: { sql } }) => {
    const lines = [
      seller,
      { ...chat, customer_name: "Анна" },
      message("m-1", "in", "2026-11-20T10:00:00Z"),
      message("m-2", "out", "2026-11-20T11:00:00Z"),
    ];
    await take(sql, lines);
    const state = { status: "responded", needs_response: false, last_message_text: "текст m-1" };
    expect(await interaction(sql, "c-1")).toMatchObject(state);

    await take(sql, [...lines, { ...chat, customer_name: "Анна Смирнова" }]);
    expect(await interaction(sql, "c-1")).toMatchObject({ ...state, customer_name: "Анна Смирнова" });
  });

  test("never rewrites a message that is there", async ({ db: { sql } }) => {
    await take(sql, [seller, chat, message("m-1", "in", "2026-11-20T10:00:00Z")]);
    const again = await take(sql, [message("m-1", "in", "2026-11-21T10:00:00Z", { text: "иное" })]);
    expect(again).toMatchObject({ messages: 1, written: { messages: 0 } });
    expect(await sql`select text from public.messages`).toEqual([{ text: "текст m-1" }]);
  });

  test("lets the later of two lines for one row win, column by column", async ({ db: { sql } }) => {
    const { refused } = await take(sql, [
      seller,
      { ...review, text: "раз", rating: 1 },
      { ...review, text: "два" },
      { ...seller, name: "Северный лён" },
    ]);
    expect(refused).toBe(0);
    expect(await interaction(sql)).toMatchObject({ text: "два", rating: 1 });
    expect(await sql`select name from public.sellers`).toEqual([{ name: "Северный лён" }]);
  });

  test("tells rows apart whose keys read alike", async ({ db: { sql } }) => {
    const one = { ...review, seller_id: 1, marketplace: "1x" };
    const other = { ...review, seller_id: 11, marketplace: "x" };
    await take(sql, [seller, { ...seller, id: 11 }, { ...one, text: "раз" }, { ...other, text: "два" }]);
    await take(sql, [
      { ...one, rating: 1 },
      { ...other, rating: 2, text: null },
    ]);
    expect(await sql`select marketplace, rating, text from public.interactions order by rating`).toEqual([
      { marketplace: "1x", rating: 1, text: "раз" },
      { marketplace: "x", rating: 2, text: null },
    ]);
  });

  test("dates an interaction without a time now, and leaves one without where null is given", async ({
    db: { sql },
  }) => {
    await take(sql, [seller, review, { ...review, external_id: "r-2", occurred_at: null }]);
    expect((await interaction(sql))["occurred_at"]).toBeInstanceOf(Date);
    expect((await interaction(sql, "r-2"))["occurred_at"]).toBeNull();
  });

  test("keeps the numbers of a document that JavaScript would round", async ({ db: { sql } }) => {
    const line = `${JSON.stringify(review).slice(0, -1)},"extra_data":{"id":12345678901234567890}}`;
    await take(sql, [seller, line]);
    expect(await sql`select extra_data->>'id' as id from public.interactions`).toEqual([
      { id: "12345678901234567890" },
    ]);
  });

  test("gives sellers that are added by hand afterwards a free id", async ({ db: { sql } }) => {
    await take(sql, [{ ...seller, id: 40 }]);
    expect(await sql`insert into public.sellers (name) values ('новый') returning id`).toEqual([
      { id: "41" },
    ]);
  });

  test("two files at once, over the same rows in opposite order, both succeed", async ({ db: { sql } }) => {
    const lines = Array.from({ length: 300 }, (_, n) => ({ ...review, external_id: `r-${n}`, rating: 5 }));
    const other = lines.toReversed().map((line) => ({ ...line, rating: 1 }));
    await take(sql, [seller]);
    const both = await Promise.all([take(sql, lines, 50), take(sql, other, 70)]);
    expect(both.map((counts) => counts.refused)).toEqual([0, 0]);
    expect(await sql`select count(*)::int from public.interactions`).toEqual([{ count: 300 }]);
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

describe("the demo inbox", () => {
  test("has all channels, is younger than 30 days and adds no job when loaded again", async ({
    db: { sql },
  }) => {
    const counts = await loadDemo(sql);
    expect(counts).toMatchObject({ sellers: 3, products: 12, refused: 0 });
    expect(counts.interactions).toBeGreaterThan(95);
    const oldest = sql`select min(occurred_at) > now() - interval '30 days' as young from public.interactions`;
    expect(await oldest).toEqual([{ young: true }]);
    expect(await sql`select distinct channel from public.interactions order by 1`).toEqual([
      { channel: "chat" },
      { channel: "question" },
      { channel: "review" },
    ]);
    const before = await jobs(sql);
    expect(before).toBeGreaterThan(80);

    await loadDemo(sql);
    expect(await jobs(sql)).toBe(before);
  });

  test("holds no text twice and a thread of 40 messages", async ({ db: { sql } }) => {
    await loadDemo(sql);
    const repeated = await sql`
      select text from (select text from public.interactions union all select text from public.messages) as t
       where text <> '' group by text having count(*) > 1`;
    expect(repeated).toEqual([]);
    const [longest] =
      await sql`select count(*)::int from public.messages group by interaction_id order by 1 desc limit 1`;
    expect(longest?.["count"]).toBeGreaterThanOrEqual(40);
  });
});
