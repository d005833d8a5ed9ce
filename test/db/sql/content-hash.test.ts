import fc from "fast-check";
import type postgres from "postgres";
import { expect } from "vitest";
import { addInteraction, addSeller, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

interface Content {
  readonly channel: string | null;
  readonly rating: number | null;
  readonly body: string | null;
  readonly lastText: string | null;
  readonly lastAt: string | null;
}
type Field = keyof Content;

const base: Content = {
  channel: "chat",
  rating: 3,
  body: "Тело",
  lastText: "Последнее",
  lastAt: "2026-01-05T10:00:00Z",
};

async function hash(sql: postgres.ISql, content: Content): Promise<string> {
  const [row] = await sql`
    select predraft.content_hash(${content.channel}::text, ${content.rating}::int, ${content.body}::text,
      ${content.lastText}::text, ${content.lastAt}::text::timestamptz) as hash`;
  return row?.["hash"];
}

// Separators, digits and lengths are what an injection would be made of; NUL is no text of Postgres.
const hostile = fc.string({
  unit: fc.constantFrom("1", "2", ":", "-", "|", "v", "ж", "😀", "\n"),
  maxLength: 8,
});
const text = fc.option(fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 20 })), { nil: null });
const clean = text.map((t) => t?.replaceAll("\0", "") ?? null);
const at = fc.option(
  fc.oneof(
    fc.constantFrom(
      "infinity",
      "-infinity",
      "0044-03-15 12:00:00+00 BC",
      "4713-01-02 00:00:00+00 BC",
      "9999-12-31",
    ),
    fc
      .date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })
      .map((d) => d.toISOString()),
  ),
  { nil: null },
);
const content: fc.Arbitrary<Content> = fc.record({
  channel: clean,
  rating: fc.option(fc.integer({ min: -3, max: 12 }), { nil: null }),
  body: clean,
  lastText: clean,
  lastAt: at,
});
const identity = (c: Content): string =>
  JSON.stringify([c.channel, c.rating, c.body || null, c.lastText || null, c.lastAt]);

test("two contents have one hash exactly where their five fields are the same", async ({ db }) => {
  const sql = db.connect();
  await fc.assert(
    fc.asyncProperty(
      content,
      content,
      fc.constantFrom<Field>("channel", "rating", "body", "lastText", "lastAt"),
      async (a, b, field) => {
        const changed = { ...a, [field]: b[field] };
        expect((await hash(sql, a)) === (await hash(sql, changed))).toBe(identity(a) === identity(changed));
        expect((await hash(sql, a)) === (await hash(sql, b))).toBe(identity(a) === identity(b));
        expect(await hash(sql, { ...a })).toBe(await hash(sql, a));
      },
    ),
    { numRuns: 150 },
  );
});

test("characters that move from a field to its neighbour change the hash", async ({ db }) => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, fc.nat(8), fc.nat(8), async (a, b, i, j) => {
      const whole = a + b;
      const cut = (n: number): Content => ({ ...base, body: whole.slice(0, n), lastText: whole.slice(n) });
      fc.pre(i !== j && i <= whole.length && j <= whole.length);
      expect(await hash(db.sql, cut(i))).not.toBe(await hash(db.sql, cut(j)));
    }),
    { numRuns: 100 },
  );
});

test.for<[string, Partial<Content>, Partial<Content>]>([
  [
    "a length that is spelled out in the text",
    { body: "1:a", lastText: null },
    { body: null, lastText: "1:a" },
  ],
  [
    "a text that ends like the length of the next",
    { body: "a", lastText: "1:b" },
    { body: "a3:", lastText: "b" },
  ],
  [
    "a text that spells the sign of an absent one",
    { body: "-", lastText: null },
    { body: null, lastText: "-" },
  ],
  ["a rating of null and of 0", { rating: null }, { rating: 0 }],
  ["a microsecond", { lastAt: "2026-01-05T10:00:00.000001Z" }, { lastAt: "2026-01-05T10:00:00.000002Z" }],
  ["infinity and its opposite", { lastAt: "infinity" }, { lastAt: "-infinity" }],
  ["a year before Christ and after", { lastAt: "0044-03-15 BC" }, { lastAt: "0044-03-15" }],
  ["letters composed and decomposed", { body: "й" }, { body: "и\u0306" }],
  ["a blank", { body: "a" }, { body: "a " }],
])("%s is told apart", async ([, a, b], { db }) => {
  expect(await hash(db.sql, { ...base, ...a })).not.toBe(await hash(db.sql, { ...base, ...b }));
});

test("an empty text is the same as none", async ({ db }) => {
  const none = await hash(db.sql, { ...base, body: null, lastText: null });
  expect(await hash(db.sql, { ...base, body: "", lastText: "" })).toBe(none);
});

test("one instant written in two time zones is one", async ({ db }) => {
  expect(await hash(db.sql, { ...base, lastAt: "2026-01-05T13:00:00+03" })).toBe(await hash(db.sql, base));
});

test("a text of a megabyte has a hash, which its last letter changes", async ({ db }) => {
  const body = "ж".repeat(512 * 1024);
  const one = await hash(db.sql, { ...base, body });
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(await hash(db.sql, { ...base, body: `${body.slice(1)}ш` })).not.toBe(one);
});

test("the hash stays what it was in version v1", async ({ db }) => {
  // A change here makes every draft of every installation stale: it needs a new version and a migration.
  expect(await hash(db.sql, base)).toBe("74566171c3b8ab905e4a9715f72e470172e0bc899170ce84ece7d60dc12a6c09");
});

test("no setting of a session changes a hash", async ({ db }) => {
  const settings = {
    TimeZone: ["UTC", "Europe/Moscow", "America/St_Johns", "Asia/Kathmandu"],
    DateStyle: ["ISO, DMY", "German", "SQL, MDY", "Postgres, DMY"],
    IntervalStyle: ["postgres", "iso_8601", "sql_standard", "postgres_verbose"],
    extra_float_digits: ["-15", "0", "1", "3"],
    bytea_output: ["escape", "hex", "escape", "hex"],
    standard_conforming_strings: ["on", "off", "on", "off"],
    search_path: ["public", "pg_temp", "predraft", "pg_catalog"],
  };
  for (const lastAt of ["2026-07-05 10:00:00.123456+00", "infinity", "0044-03-15 00:00:00+00 BC"]) {
    const hashes = new Set<string>();
    for (const n of [0, 1, 2, 3]) {
      const sql = db.connect();
      for (const [name, values] of Object.entries(settings)) {
        await sql`select set_config(${name}, ${values[n] ?? ""}, false)`;
      }
      hashes.add(await hash(sql, { ...base, lastAt }));
      await sql.end();
    }
    expect([...hashes]).toHaveLength(1);
  }
});

test("each message of the buyer changes the hash, the same words at another time too; the seller's does not", async ({
  db,
}) => {
  const id = await addInteraction(db.sql, { channel: "chat", text: null });
  const say = async (direction: string, words: string, minute: number): Promise<string> => {
    await db.sql`
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      values (${id}, ${`m${minute}`}, ${direction}, ${words}, ${new Date(Date.UTC(2026, 0, 5, 10, minute))})`;
    return (await show(db.sql, id)).hash;
  };
  const first = await say("in", "Здравствуйте", 1);
  const second = await say("in", "Здравствуйте", 2);
  expect(second).not.toBe(first);
  expect(await say("out", "Добрый день!", 3)).toBe(second);
  expect(await say("in", "Где заказ?", 4)).not.toBe(second);
});

test("where a host keeps no messages, a chat's date is part of its identity and a review's is not", async ({
  attached,
}) => {
  await addSeller(attached.sql);
  for (const [channel, changes] of [
    ["chat", true],
    ["review", false],
    ["question", false],
  ] as const) {
    const id = await addInteraction(attached.sql, { channel, text: "Да" });
    const before = (await show(attached.sql, id)).hash;
    await attached.sql`update public.interactions set occurred_at = occurred_at + interval '1 hour' where id = ${id}`;
    expect((await show(attached.sql, id)).hash !== before).toBe(changes);
  }
});
