import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs, misses } from "../../helpers/jobs.ts";
import { addInteraction, addSeller, projectDraft, recordDraft, saveDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

/** Documents that hold no draft because they are no object: the host's, and left alone. */
const unholdable = ["[]", '[{"last_ai_draft": {"text": "a"}}]', '"text"', "5", "true", '"last_ai_draft"'];
/** Objects and nothings, which take one in. */
const holdable = [
  '{"a": null, "b": {"c": [null, {"d": null}]}}',
  "null",
  null,
  "{}",
  '{"": 0, "last_ai_drafts": 1}',
];

for (const document of unholdable) {
  onEachHost(
    `a document that is ${document} stays as it is, without a draft and without a job`,
    async ({ sql, document: column, documentType, rewrite }) => {
      const id = await addInteraction(sql);
      const before = (await jobs(sql)).length;
      await rewrite(id, document);
      await sql`update public.interactions set text = 'Иначе' where id = ${id}`;
      expect(await projectDraft(sql, await recordDraft(sql, id))).toBe("unholdable");
      const [row] =
        await sql`select ${sql(column)}::text::jsonb = ${document}::text::jsonb as same from public.interactions where id = ${id}`;
      expect([row?.["same"], documentType]).toEqual([true, documentType]);
      expect(await jobs(sql)).toHaveLength(before);
      expect(await sql`select interaction_id from predraft.unserved(true)`).toEqual([]);
      expect(await misses(sql)).toEqual([]);
    },
  );
}

for (const document of holdable) {
  onEachHost(
    `a document that is ${document} takes a draft in and loses nothing`,
    async ({ sql, rewrite }) => {
      const id = await addInteraction(sql);
      await rewrite(id, document);
      expect((await saveDraft(sql, id)).verdict).toBe("saved");
      await sql`update public.interactions set text = 'Иначе' where id = ${id}`;
      expect((await show(sql, id)).document).toEqual(JSON.parse(document ?? "null") ?? {});
    },
  );
}

const drafts = [
  "[]",
  '["a"]',
  '"text"',
  "5",
  "true",
  "{}",
  '{"draft_id": "x"}',
  '{"draft_id": 1e400, "text": "a"}',
  '{"draft_id": {"a": 1}, "text": "a"}',
  '{"draft_id": [1], "content_hash": 5}',
  '{"content_hash": {"a": 1}, "text": "a"}',
  '{"content_hash": "", "text": "a"}',
  '{"content_hash": null, "text": {"a": 1}}',
  '{"provisional": [], "content_hash": "x"}',
];

onEachHost(
  "whatever a draft is, it fails no statement and displaces no fresh one",
  async ({ sql, rewrite }) => {
    for (const draft of drafts) {
      const id = await addInteraction(sql);
      await rewrite(id, `{"theirs": 1, "last_ai_draft": ${draft}}`);
      await sql`update public.interactions set text = 'Иначе' where id = ${id}`;
      expect((await show(sql, id)).document, draft).toEqual({ theirs: 1 });
      const { draftId } = await saveDraft(sql, id);
      await rewrite(id, `{"theirs": 2, "last_ai_draft": ${draft}}`);
      const after = (await show(sql, id)).document;
      expect(after, draft).toMatchObject({ theirs: 2 });
      // One with a text and no hash is another writer's, and taken.
      if (!draft.includes('"a"}'))
        expect(after?.["last_ai_draft"], draft).toMatchObject({ draft_id: Number(draftId) });
      await sql`select * from predraft.health`;
      await sql`delete from public.interactions where id = ${id}`;
    }
  },
);

onEachHost("a fresh draft with an id that is no number of ours yields to ours", async ({ sql, rewrite }) => {
  for (const draftId of ['"7"', "{}", "null", "-1", "0.5"]) {
    const id = await addInteraction(sql);
    const { hash } = await show(sql, id);
    await rewrite(id, `{"last_ai_draft": {"draft_id": ${draftId}, "text": "a", "content_hash": "${hash}"}}`);
    expect((await show(sql, id)).state, draftId).toBe("ready");
    await saveDraft(sql, id);
    expect((await show(sql, id)).draft, draftId).toMatchObject({ source: "llm" });
  }
});

/** What json holds and jsonb cannot. */
const unreadable = {
  "a NUL": '{"a": "\\u0000"}',
  "half a surrogate pair": '{"a": "\\ud83d"}',
  "a surrogate pair the wrong way round": '{"a": "\\ude00\\ud83d"}',
  "a number beyond all bounds": '{"a": 1e999999}',
  "a number of 140,000 digits": `{"a": ${"9".repeat(140_000)}}`,
  "a fraction of 20,000 digits": `{"a": 0.${"1".repeat(20_000)}}`,
  "a NUL in a draft": '{"last_ai_draft": {"text": "\\u0000"}}',
} as const;

for (const [what, document] of Object.entries(unreadable)) {
  test(`${what} in a json document fails no statement and is kept to the letter`, async ({
    attached: { sql },
  }) => {
    const id = await addInteraction(sql);
    const insert = await sql`
      insert into public.interactions (seller_id, marketplace, channel, external_id, text, metadata)
      values (1, 'ozon', 'question', 'x', 'Длина?', ${document}::text::json) returning id`;
    const odd = String(insert[0]?.["id"]);
    await sql`update public.interactions set metadata = ${document}::text::json where id = ${id}`;
    await sql`update public.interactions set text = 'Иначе'`;
    expect(await projectDraft(sql, await recordDraft(sql, odd))).toBe("unholdable");
    await sql`update public.interactions set status = 'responded'`;
    const rows = await sql`select metadata::text as document from public.interactions`;
    expect(rows.map((row) => row["document"] === document)).toEqual([true, true]);
    expect((await show(sql, odd)).document).toBe("unreadable");
    await sql`update public.interactions set metadata = '{}', status = 'open' where id = ${odd}`;
    expect((await saveDraft(sql, odd)).verdict).toBe("saved");
    expect(await misses(sql)).toEqual([]);
    await sql`delete from public.interactions`;
  });
}

test.for([
  ["a NUL", unreadable["a NUL"]],
  ["half a surrogate pair", unreadable["half a surrogate pair"]],
  ["another half", '{"a": "\\uDE00"}'],
] as const)("a row whose document loses %s is enqueued", async ([, document], { attached: { sql } }) => {
  await addSeller(sql);
  const [row] = await sql`
    insert into public.interactions (seller_id, marketplace, channel, external_id, text, metadata)
    values (1, 'ozon', 'question', 'x', 'Длина?', ${document}::text::json) returning id`;
  expect(await jobs(sql)).toEqual([]);
  await sql`update public.interactions set metadata = '{"a": "b"}'`;
  expect((await jobs(sql)).map((job) => job.interaction)).toEqual([String(row?.["id"])]);
});

test("escapes and exponents that jsonb can hold are read and kept", async ({ attached: { sql } }) => {
  const id = await addInteraction(sql);
  await sql`update public.interactions set metadata = '{"a": "\\u0436\\ud83d\\ude00", "b": 1e3, "c": 12345678901234567890.123}'`;
  expect((await saveDraft(sql, id)).verdict).toBe("saved");
  const [row] =
    await sql`select metadata ->> 'a' as a, metadata ->> 'b' as b, metadata ->> 'c' as c from public.interactions`;
  expect(row).toEqual({ a: "ж😀", b: "1000", c: "12345678901234567890.123" });
});

test("of a key that a json document has twice, the value that every reader takes is kept", async ({
  attached: { sql },
}) => {
  const id = await addInteraction(sql);
  await sql`update public.interactions set metadata = '{"a": 1, "a": 2}'`;
  await saveDraft(sql, id);
  expect((await show(sql, id)).document).toMatchObject({ a: 2 });
});

test("unreadable documents can be read where the server likes to work in parallel", async ({
  attached: { sql },
}) => {
  await addInteraction(sql, { metadata: { a: 1 } });
  await sql`update public.interactions set metadata = '{"a": "\\u0000"}'`;
  await sql.begin(async (tx) => {
    const [version] = await tx`select current_setting('server_version_num')::int as n`;
    const parallel = version?.["n"] >= 160_000 ? "debug_parallel_query" : "force_parallel_mode";
    await tx.unsafe(`set local ${parallel} = on`);
    const rows = await tx`select predraft.as_jsonb(metadata) as document from public.interactions`;
    expect(rows[0]?.["document"]).toBe("unreadable");
  });
});
