import { describe, expect } from "vitest";
import { test } from "../helpers/test.ts";
import { chat, interaction, jobs, message, review, seller, take } from "./lines.ts";

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
