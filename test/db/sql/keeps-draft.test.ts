import fc from "fast-check";
import { expect } from "vitest";
import { test } from "../../helpers/test.ts";

/** How writers spell one document. */
const spellings: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  // Python's json.dumps, as it comes.
  (value) => ascii(JSON.stringify(value, null, 1).replaceAll(/\n */g, " ")),
  // Jackson's printer: a space before the colon.
  (value) => JSON.stringify(value, null, 2).replaceAll(/^( *"(?:[^"\\]|\\.)*"):/gm, "$1 :"),
];

const ascii = (text: string): string =>
  text.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

const text = fc.constantFrom(
  "Ответ",
  "a",
  '"',
  "\\",
  '"}x',
  '"}y',
  "a}b",
  "a}c",
  "} {",
  '\\"}',
  '"last_ai_draft":',
  "last_ai_draft",
  "content_hash",
  "",
);
const ending = fc.constantFrom("a", "a}b", "a}c", '"}x', '"}y');
const draft: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        text,
        content_hash: fc.constantFrom("h1", "h2"),
        warnings: fc.oneof(fc.constantFrom([], {}), fc.array(fc.record({ rule: text }), { maxLength: 1 })),
        reason: ending,
      },
      { requiredKeys: ["text"] },
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom(null, "content_hash", [], {}, { text: "Хозяйский" }) },
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(1, null, [], {}),
  fc.record({ last_ai_draft: draft }),
  fc.record({ content_hash: text }),
);
const pair = fc.record({
  first: value,
  draft: fc.option(draft, { nil: undefined }),
  last: value,
  change: fc.constantFrom(
    "nothing",
    "first",
    "last",
    "both",
    "draft",
    "reason",
    "nest",
    "lengthened",
    "quoted",
    "lift",
    "drop",
    "twice",
  ),
  to: value,
  other: draft,
  reason: ending,
  spelt: fc.tuple(fc.nat(2), fc.nat(2)),
  samePen: fc.boolean(),
});

type Pair = typeof pair extends fc.Arbitrary<infer T> ? T : never;

/** The document before and after one writer, as text. */
function documents({
  first,
  draft,
  last,
  change,
  to,
  other,
  reason,
  spelt,
  samePen,
}: Pair): [string, string] {
  const own = draft === undefined ? {} : { last_ai_draft: draft };
  const before = change === "lift" ? { first, last: own } : { first, ...own, last };
  const after: Record<Pair["change"], unknown> = {
    nothing: before,
    first: { first: to, ...own, last },
    last: { first, ...own, last: to },
    both: { first: to, ...own, last: to },
    draft: { first, last_ai_draft: other, last },
    // Only how the draft ends.
    reason: { first, last_ai_draft: Object.assign({}, draft, { reason }), last },
    twice: before,
    nest: { first, last: own },
    // Keys that end as the draft's does.
    lengthened: { first: to, ...(draft === undefined ? {} : { my_last_ai_draft: draft }), last },
    quoted: { first: to, ...(draft === undefined ? {} : { 'a"last_ai_draft': draft }), last },
    lift: { first, ...own, last },
    drop: { first, last },
  };
  const pens = [spellings[spelt[0]], spellings[spelt[samePen ? 0 : 1]]] as const;
  const text = pens[1]?.(after[change]) ?? "";
  const twice = text.replace(/\}$/, `, "last_ai_draft": ${JSON.stringify(other)}}`);
  return [pens[0]?.(before) ?? "", change === "twice" ? twice : text];
}

test("two documents keep a draft by their texts only where they do so as read", async ({ db: { sql } }) => {
  const pairs = fc.sample(pair, { numRuns: 10_000, seed: 20_261_124 }).map(documents);
  const rows = await sql<{ before: string; after: string; told: boolean; read: boolean }[]>`
    select p.before, p.after, predraft.keeps_draft(p.before::json, p.after::json) as told,
      predraft.keeps_draft_parsed(p.before::json, p.after::json) as read
    from unnest(${pairs.map(([before]) => before)}::text[], ${pairs.map(([, after]) => after)}::text[]) p(before, after)`;
  expect(rows.filter(({ told, read }) => told !== read)).toEqual([]);
  const kept = rows.filter(({ told, after }) => told && after.includes('"last_ai_draft"'));
  expect(kept.length).toBeGreaterThan(300);
  expect(rows.filter(({ told }) => !told).length).toBeGreaterThan(300);
});

test("a draft that moves into an object, where nothing else gets longer, is not kept", async ({
  db: { sql },
}) => {
  const [row] = await sql`select predraft.keeps_draft(
    '{"a": "bbbb", "last_ai_draft": {"content_hash": "h"}, "z": 1}'::json,
    '{"a": {"b":1, "last_ai_draft": {"content_hash": "h"}, "z": 1}}'::json) as kept`;
  expect(row?.["kept"]).toBe(false);
});

/** Braces in strings, and what differs behind them: a draft up to there is no whole one. */
const hiddenBraces = [
  '"text": "} x"',
  '"text":"} x"',
  '"texts": ["} x"]',
  '"texts": ["a","} x"]',
  '"text": \t"} x"',
  '"text": \n"} x"',
  '"text": "a \\"} x"',
  '"text": "a \\" } x"',
  '"text": "a } x"',
];

test.for(hiddenBraces)(
  "a draft that differs behind a brace in a string is another one: %s",
  async (field, { db: { sql } }) => {
    const document = (n: number) => `{"last_ai_draft": {"content_hash": "h", ${field}, "n": ${n}}, "z": 1}`;
    const [row] =
      await sql`select predraft.keeps_draft(${document(1)}::text::json, ${document(2)}::text::json) as kept`;
    expect(row?.["kept"]).toBe(false);
  },
);

/** What looks stamped, and is not. */
test.for([
  ['{"last_ai_draft":[{"content_hash":"h"},1]}', '{"last_ai_draft":[{"content_hash":"h"},2]}'],
  ['{"last_ai_draft":"{","content_hash":"x"}', '{"last_ai_draft":"{","content_hash":"x"}'],
  ['{"last_ai_draft":{"my_content_hash":"h"},"z":1}', '{"last_ai_draft":{"my_content_hash":"h"},"z":2}'],
  [
    '{"last_ai_draft":{"text":"my content_hash"},"z":1}',
    '{"last_ai_draft":{"text":"my content_hash"},"z":2}',
  ],
] as const)("%s becoming %s is looked at closely", async ([before, after], { db: { sql } }) => {
  const [row] = await sql`
    select predraft.keeps_draft(${before}::text::json, ${after}::text::json) as told,
      predraft.keeps_draft_parsed(${before}::text::json, ${after}::text::json) as read`;
  expect(row).toEqual({ told: false, read: false });
});

test("a session with old-fashioned strings has its documents compared as any other", async ({ db }) => {
  const session = db.connect();
  await session.unsafe("set standard_conforming_strings = off; set escape_string_warning = on");
  const [row] = await session`
    select predraft.keeps_draft(d.document, d.document) as kept
    from (select json_build_object('last_ai_draft', json_build_object('content_hash', 'h', 'n', 1)) as document) d`;
  expect(row?.["kept"]).toBe(true);
});

test.for([
  ['{"a": 1}', "[1]"],
  ["[1]", '{"a": 1}'],
  ['{"a": 1}', '"a"'],
] as const)("%s becoming %s is another kind of document", async ([before, after], { db: { sql } }) => {
  const [row] = await sql`select predraft.keeps_draft(${before}::text::json, ${after}::text::json) as kept`;
  expect(row?.["kept"]).toBe(false);
});

/** As the host writes one: Python's spelling, and the key that changes each time before or after the draft. */
const hostDocument = (n: number, draftFirst: boolean): string => {
  const draft = {
    last_ai_draft: { text: "Здравствуйте! «Да»", draft_id: 7, content_hash: "h", warnings: [] },
  };
  const stamp = { link_updated_at: `2026-11-24T10:00:0${n}` };
  return (spellings[1] as (v: unknown) => string)({
    user_name: "Анна",
    ...(draftFirst ? { ...draft, ...stamp } : { ...stamp, ...draft }),
    link_candidates: [{ interaction_id: 5 }],
  });
};

test("what a sync writes back is told by its text, without reading the document", async ({ db: { sql } }) => {
  await sql.unsafe(`
    create or replace function predraft.keeps_draft_parsed(before json, after json) returns boolean language plpgsql
    as $$ begin raise exception 'read whole'; end $$`);
  const keeps = async (before: string, after: string) =>
    (await sql`select predraft.keeps_draft(${before}::text::json, ${after}::text::json) as kept`)[0]?.[
      "kept"
    ];
  expect(await keeps(hostDocument(1, true), hostDocument(2, true))).toBe(true);
  expect(await keeps(hostDocument(1, false), hostDocument(2, false))).toBe(true);
  expect(await keeps('{"user_name": "Анна", "n": 1}', '{"user_name": "Анна", "n": 2}')).toBe(true);
  await expect(keeps(hostDocument(1, true), hostDocument(1, true).replace("7", "8"))).rejects.toThrow(
    "read whole",
  );
});

test("a session of another client encoding has its documents read, and nothing of them converted", async ({
  db: { sql },
}) => {
  const [row] = await sql.begin(async (session) => {
    await session.unsafe("set local client_encoding to 'LATIN1'");
    // Letters that LATIN1 does not have; written so that the session itself can send them.
    return await session.unsafe(`
      select predraft.keeps_draft(d.document, d.document) as kept
      from (select ('{"user_name": "' || chr(1040) || '", "last_ai_draft": {"content_hash": "h"}}')::json as document) d`);
  });
  expect(row?.["kept"]).toBe(true);
});
