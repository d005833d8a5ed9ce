import { expect } from "vitest";
import type { HostMapping } from "../../../db/host/mapping.ts";
import { migrate } from "../../../db/migrate/migrate.ts";
import { addInteraction, type Client } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { productCache, threadedHost } from "../../helpers/threaded-host.ts";

const context = async (sql: Client, id: string) => {
  const [row] = await sql`select predraft.draft_context(${id}, 'offline', 'pregenerate') as context`;
  return row?.["context"];
};

const attach = async (url: string, sql: Client, mapping: HostMapping = threadedHost) => {
  await sql.unsafe(productCache);
  await migrate({ url, host: mapping });
};

const chat = async (sql: Client, metadata: unknown) =>
  await addInteraction(sql, {
    channel: "chat",
    text: "Алло?",
    nm_id: 5,
    metadata: sql.json(metadata as never) as never,
  });

test("a chat's thread is the host's messages, whoever wrote them", async ({ attached: { url, sql } }) => {
  await attach(url, sql);
  const id = await chat(sql, { chat_id: 1, customer_name: "  ", user_name: " Иванова Мария " });
  await sql`insert into public.chats (id, seller_id, external_chat_id) values (1, 1, 'a'), (2, 1, 'b')`;
  await sql`
    insert into public.messages (chat_id, external_message_id, direction, text, sent_at) values
      (1, '2', 'outgoing', 'Здравствуйте!', '2026-01-05 10:01Z'), (1, '1', 'in', 'Где заказ?', '2026-01-05 10:00Z'),
      (1, '3', 'incoming', null, '2026-01-05 10:02Z'), (2, '4', 'in', 'Чужое', '2026-01-05 10:00Z')`;
  const { thread, interaction } = await context(sql, id);
  expect(thread).toMatchObject([
    { direction: "in", text: "Где заказ?" },
    { direction: "out", text: "Здравствуйте!" },
    { direction: "in", text: "" },
  ]);
  expect(interaction.customerName).toBe("Иванова Мария");
});

test.for([
  [{ chat_id: "1" }, 1],
  [{ chat_id: " 1 " }, 1],
  [{ chat_id: "один" }, 0],
  [{ chat_id: "99999999999999999999" }, 0],
  [{ chat_id: 1.5 }, 0],
  [{ chat_id: [1] }, 0],
  [{ chat_id: { id: 1 } }, 0],
  [{ chat_id: null }, 0],
  [{ chat_id: "1; drop table messages" }, 0],
  [[], 0],
  [{}, 0],
] as const)(
  "a document that names its thread as %j finds %i messages",
  async ([document, found], { attached }) => {
    const { url, sql } = attached;
    await attach(url, sql);
    const id = await chat(sql, document);
    await sql`insert into public.chats (id, seller_id, external_chat_id) values (1, 1, 'a')`;
    await sql`insert into public.messages (chat_id, external_message_id, direction, text, sent_at) values (1, '1', 'in', 'Ау', now())`;
    expect((await context(sql, id)).thread).toHaveLength(found);
  },
);

test("a thread is found by the index of its column", async ({ attached: { url, sql } }) => {
  await attach(url, sql);
  await sql`insert into public.sellers (id, name) values (1, 'a')`;
  await sql`insert into public.chats (id, seller_id, external_chat_id) select n, 1, n from generate_series(1, 3000) n`;
  await sql`insert into public.messages (chat_id, external_message_id, direction, text, sent_at) select n, n, 'in', 'Ау', now() from generate_series(1, 3000) n`;
  await sql`analyze public.messages`;
  const id = await chat(sql, { chat_id: 7 });
  await sql.begin(async (tx) => {
    expect((await context(tx, id)).thread).toHaveLength(1);
    expect(
      await tx`select seq_scan::int, idx_scan::int from pg_stat_xact_all_tables where relid = 'public.messages'::regclass`,
    ).toEqual([{ seq_scan: 0, idx_scan: 1 }]);
  });
});

test("where the host's messages cannot be read, the draft goes without them", async ({
  attached: { url, sql },
}) => {
  await attach(url, sql);
  const id = await chat(sql, { chat_id: 1 });
  await sql`alter table public.messages rename to renamed`;
  await sql`alter table public.product_cache rename column options to others`;
  expect(await context(sql, id)).toMatchObject({ thread: [], product: null, interaction: { text: "Алло?" } });
});

test.for([
  [
    { Цвет: "синий", "Вес, г": 120, Влагостойкость: true, Пусто: " " },
    { Цвет: "синий", "Вес, г": "120", Влагостойкость: "true" },
  ],
  [
    [
      { name: "Цвет", value: ["синий", "белый"] },
      { key: "Состав", value: "хлопок" },
      { name: "Цвет", value: "иной" },
      5,
      { value: 1 },
    ],
    { Цвет: "синий, белый", Состав: "хлопок" },
  ],
  [{ Вложенное: { a: 1 }, Ничего: null }, {}],
  ["текст", {}],
  [null, {}],
] as const)(
  "a product's options %j are the attributes %j",
  async ([options, attributes], { attached: { url, sql } }) => {
    await attach(url, sql);
    const id = await addInteraction(sql, { nm_id: 5 });
    await sql`insert into public.product_cache values (5, 'Куртка', ${"Тёплая. ".repeat(300)}, ${JSON.stringify(options)}::text::json)`;
    const { product } = await context(sql, id);
    expect(product).toEqual({
      name: "Куртка",
      attributes: { ...attributes, Описание: expect.stringMatching(/^Тёплая/u) },
    });
    expect(product.attributes["Описание"]).toHaveLength(1_500);
  },
);

test("our own facts of a product win, one by one", async ({ attached: { url, sql } }) => {
  await attach(url, sql);
  const id = await addInteraction(sql, { nm_id: 5 });
  const odd = await addInteraction(sql, { nm_id: 9_000_000_000 });
  await sql`insert into public.product_cache values (5, 'Куртка', null, '{"Цвет": "синий", "Состав": "хлопок"}')`;
  await sql`insert into predraft.product_facts (seller_id, nm_id, attributes) values (1, 5, '{"Цвет": "красный"}')`;
  expect((await context(sql, id)).product).toEqual({
    name: "Куртка",
    attributes: { Цвет: "красный", Состав: "хлопок" },
  });
  expect((await context(sql, odd)).product).toBeNull();
});

test.for([
  [
    '{"tone": "Дружелюбный", "signature": " Лён ", "rules": "Без смайлов"}',
    { tone: "friendly", signature: "Лён", ownRules: "Без смайлов" },
  ],
  ['{"tone": "OFFICIAL", "own_rules": ["а", "б"]}', { tone: "formal", signature: null, ownRules: "а\nб" }],
  [
    '{"tone": "как пират", "instructions": "Коротко"}',
    { tone: "neutral", ownRules: "Тон: как пират\nКоротко" },
  ],
  ['{"tone": 5, "signature": {"a": 1}}', { signature: null }],
  ["{}", { tone: "neutral", signature: null, ownRules: null }],
  ["[1]", { tone: "neutral", signature: null, ownRules: null }],
  ["не JSON", { tone: "neutral", signature: null, ownRules: null }],
  ['{"tone": "\\u0000"}', { tone: "neutral", ownRules: null }],
] as const)(
  "a seller's voice of the host's, %s, is %j",
  async ([value, voice], { attached: { url, sql } }) => {
    await attach(url, sql);
    const id = await addInteraction(sql);
    await sql`insert into public.runtime_settings (key, value) values ('ai_settings_v1:seller:1', ${value})`;
    expect((await context(sql, id)).seller).toMatchObject(voice);
  },
);

test.for([
  ["insert into predraft.seller_settings (seller_id, time_zone) values (1, 'Asia/Omsk')", {}],
  ["insert into predraft.seller_settings (seller_id, tone) values (1, 'friendly')", { tone: "friendly" }],
  ["insert into predraft.seller_settings (seller_id, tone) values (1, 'neutral')", { tone: "neutral" }],
  ["insert into predraft.seller_settings (seller_id, signature) values (1, 'Б')", { signature: "Б" }],
  ["insert into predraft.seller_settings (seller_id, signature) values (1, '')", { signature: null }],
  ["insert into predraft.seller_settings (seller_id, own_rules) values (1, '')", { ownRules: null }],
] as const)(
  "a seller's settings of ours take the place of the host's field by field: %s",
  async ([row, ours], { attached: { url, sql } }) => {
    await attach(url, sql);
    const id = await addInteraction(sql);
    await sql`
      insert into public.runtime_settings (key, value)
      values ('ai_settings_v1:seller:1', '{"tone": "formal", "signature": "А", "rules": "Коротко"}')`;
    await sql.unsafe(row);
    expect((await context(sql, id)).seller).toEqual({
      enabled: true,
      tone: "formal",
      signature: "А",
      ownRules: "Коротко",
      ...ours,
    });
  },
);

test("a text of any length travels as its head and its tail, a thread as its first and latest messages", async ({
  db: { sql },
}) => {
  const huge = `начало ${"ж".repeat(1_000_000)} конец`;
  const id = await addInteraction(sql, { channel: "chat", text: huge, subject: huge, order_id: "A-1" });
  await sql`
    insert into public.messages (interaction_id, external_id, direction, text, sent_at)
    select ${id}, n, 'in', case n when 5000 then ${huge} else 'сообщение ' || n end, now() + n * interval '1 second'
    from generate_series(1, 5000) n`;
  const { interaction, thread } = await context(sql, id);
  for (const text of [interaction.text, interaction.lastMessageText, thread.at(-1).text]) {
    expect(text).toMatch(/^начало ж+\n\[…\]\nж+ конец$/u);
    expect(text.length).toBeLessThan(18_100);
  }
  expect(interaction.subject).toHaveLength(2_000);
  expect(interaction.orderId).toBe("A-1");
  expect(thread.map(({ nth }: { nth: number }) => nth)).toEqual([
    1,
    2,
    3,
    4,
    5,
    ...Array.from({ length: 100 }, (_, n) => 4_901 + n),
  ]);
});
