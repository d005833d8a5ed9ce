import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Sql } from "../../../db/client/connect.ts";
import { test } from "../../helpers/test.ts";
import { PRIORITY_CASES } from "./priority-cases.ts";

interface Row {
  channel: string | null;
  rating: number | null;
  text: string | null;
}

/** Rows that the rules of many rows judge otherwise than the rules of one. */
async function differences(sql: Sql, rows: readonly Row[]): Promise<unknown[]> {
  const found = await sql`
    with given as (
      select array_agg(channel order by n) as c, array_agg(rating order by n) as r, array_agg(text order by n) as t
      from unnest(${rows.map((row) => row.channel)}::text[], ${rows.map((row) => row.rating)}::int[],
        ${rows.map((row) => row.text)}::text[]) with ordinality as u(channel, rating, text, n)
    )
    select u.c, u.r, left(u.t, 200) as t, u.bulk, predraft.rule_priority(u.c, u.r, u.t) as single
    from given, unnest(given.c, given.r, given.t, predraft.rule_priorities(given.c, given.r, given.t)) as u(c, r, t, bulk)
    where u.bulk is distinct from predraft.rule_priority(u.c, u.r, u.t)`;
  return [...found];
}

const examples = PRIORITY_CASES.map(({ text }) => text ?? "");
const fragments = [
  ...[
    "вместо",
    "вместо синей",
    "пришла",
    "не",
    "без",
    "нет",
    "ни",
    "брак",
    "брака",
    "в суд",
    "суд",
    "до",
    "суда",
  ],
  ...[
    "не работает",
    "где",
    "заказ",
    "заказа нет",
    "размер",
    "рост",
    "отменить",
    "достав",
    "спасибо",
    "аллергии",
    "ожог",
  ],
  ...[
    "кожа",
    "покраснела",
    "не вызывает аллергии",
    "прислали",
    "не то",
    "OK",
    "paзмep",
    "cпacибo",
    "p\u200bост",
    "бра\u00adк",
  ],
  ...[
    "?",
    "!",
    ".",
    ",",
    ":",
    "\n",
    "\t",
    "\u00a0",
    "\u0001",
    "\u0002",
    "\u0003",
    "\u0004",
    "\u0001\u0003\u0001",
    "🙂",
    "q",
  ],
];
const text = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(null, "", " ") },
  { weight: 4, arbitrary: fc.constantFrom(...examples) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...examples), fc.constantFrom(...examples))
      .map((two) => two.join(". ")),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(fc.constantFrom(...fragments), { maxLength: 7 }), fc.constantFrom(" ", " ", ""))
      .map(([parts, glue]) => parts.join(glue)),
  },
);
const row = fc.record({
  channel: fc.constantFrom("review", "review", "question", "chat", "email", null),
  rating: fc.constantFrom(null, null, 0, 1, 2, 3, 4, 5),
  text,
});

describe("the priority rules for many rows at once", () => {
  test("say of each row what they say of it alone, beside whatever neighbours", async ({ db }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 4, maxLength: 60 }), async (rows) => {
        expect(await differences(db.sql, rows)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("give each case of the table its priority", async ({ db }) => {
    const [found] = await db.sql<{ priorities: string[] }[]>`
      select predraft.rule_priorities(array_agg(c ->> 'channel' order by n), array_agg((c ->> 'rating')::int order by n),
        array_agg(c ->> 'text' order by n)) as priorities
      from jsonb_array_elements(${JSON.stringify(PRIORITY_CASES)}::text::jsonb) with ordinality as t(c, n)`;
    expect(found?.priorities).toEqual(PRIORITY_CASES.map(({ priority }) => priority));
  });

  test("read long texts one by one, a megabyte at its start and end, and thousands of short ones in pieces", async ({
    db,
  }) => {
    const long = "очень длинно ".repeat(80_000);
    const middling = "просто слова без всего ".repeat(34);
    const rows = [`${long}пришёл брак`, `пришёл брак ${long}`, long].flatMap((text) =>
      ["review", "question", "chat"].map((channel) => ({ channel, rating: null, text })),
    );
    const many = Array.from({ length: 2_300 }, (_, n) => ({
      channel: n % 2 === 0 ? "chat" : "review",
      rating: n % 3 === 0 ? 4 : null,
      // About as long as what is still searched together with others.
      text: `${n % 7 === 0 ? middling.slice(0, 800 - (n % 40)) : "слова"}${n % 50 === 0 ? " где заказ" : ""}${n % 90 === 0 ? " ожог" : ""}`,
    }));
    expect(await differences(db.sql, [...rows, ...many])).toEqual([]);
  });

  test("weigh the host's word as for one row", async ({ db }) => {
    const hosts = [null, "", "P1", " Low ", "URGENT", "high\n", "normal", "low"];
    const rows = await db.sql`
      with given as (
        select array_agg(h) as h, array_agg('chat'::text) as c, array_agg(null::int) as r, array_agg(t) as t
        from unnest(${hosts}::text[]) h, unnest(array['Пришёл брак', 'Где заказ?', 'Спасибо', 'Здравствуйте', null]) t
      )
      select s.source, u.h, u.t, u.bulk
      from given, unnest(array['host', 'higher_of_both', null]) s(source),
        unnest(given.h, given.c, given.r, given.t, predraft.effective_priorities(given.h, s.source, given.c, given.r, given.t)) u(h, c, r, t, bulk)
      where u.bulk is distinct from predraft.effective_priority(u.h, s.source, u.c, u.r, u.t)`;
    expect([...rows]).toEqual([]);
  });

  test("take for a topic at a glance only what the rules take for one", async ({ db }) => {
    const patterns = await db.sql<{ kind: string; pattern: string; found: boolean }[]>`
      select kind, pattern, predraft.rule_priority(kind, null, replace(pattern, '%', '')) = 'high' as found
      from unnest(array['question', 'chat']) kind, unnest(predraft.common_topics(kind)) pattern`;
    expect(patterns.length).toBeGreaterThan(10);
    expect(patterns.filter(({ found }) => !found)).toEqual([]);
    // A word of which a pattern is but the beginning: whatever follows, the rules must say the same.
    const tails = ["", "а", "е", "и", "ал", "н", "ка", "ь", " ", "."];
    const rows = patterns.flatMap(({ kind, pattern }) =>
      tails.map((tail) => ({
        channel: kind,
        rating: null,
        text: `Так ${pattern.replaceAll("%", "")}${tail}`,
      })),
    );
    expect(await differences(db.sql, rows)).toEqual([]);
  });

  test("answer for none, and for few", async ({ db }) => {
    const [row] = await db.sql`
      select predraft.rule_priorities('{}', '{}', '{}') as none,
        predraft.rule_priorities('{chat}', '{null}', '{Пришёл брак}') as one`;
    expect(row).toEqual({ none: [], one: ["urgent"] });
  });
});
