import { pipeline } from "node:stream/promises";
import { expect } from "vitest";
import { jobs, takeJobs } from "../../helpers/jobs.ts";
import {
  addInteraction,
  addInteractions,
  type Client,
  interaction,
  saveDraft,
  show,
} from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const stale = { theirs: 1, last_ai_draft: { draft_id: 5, text: "Чужой", content_hash: "0".repeat(64) } };
const unhashed = { theirs: 1, last_ai_draft: { text: "Без хэша" } };

/** An ingest's upsert of one row by its natural key. */
const upsert = (sql: Client, row: ReturnType<typeof interaction>) => sql`
  insert into public.interactions ${sql(row)}
  on conflict (seller_id, marketplace, channel, external_id) do update
  set text = excluded.text, rating = excluded.rating, extra_data = excluded.extra_data`;

test("an upsert with EXCLUDED's document keeps a fresh draft and drops it with the content it was for", async ({
  db,
}) => {
  const row = interaction({ external_id: "x", extra_data: { theirs: 1 } });
  const id = await addInteraction(db.sql, row);
  await saveDraft(db.sql, id);
  await upsert(db.sql, { ...row, extra_data: { theirs: 2 } } as never);
  expect((await show(db.sql, id)).document).toMatchObject({ theirs: 2, last_ai_draft: { source: "llm" } });
  await upsert(db.sql, { ...row, extra_data: stale } as never);
  expect((await show(db.sql, id)).draft).toMatchObject({ source: "llm" });
  await upsert(db.sql, { ...row, text: "Иначе", extra_data: stale } as never);
  expect((await show(db.sql, id)).document).toEqual({ theirs: 1 });
});

test("an upsert whose document says null for the draft clears it", async ({ db }) => {
  const row = interaction({ external_id: "x" });
  const id = await addInteraction(db.sql, row);
  await saveDraft(db.sql, id);
  await upsert(db.sql, { ...row, extra_data: { last_ai_draft: null } } as never);
  expect((await show(db.sql, id)).draft ?? null).toBeNull();
  expect((await show(db.sql, id)).state).not.toBe("ready");
});

test("an upsert that proposes nothing of the thread keeps a chat's draft", async ({ db }) => {
  const row = interaction({ external_id: "x", channel: "chat" });
  const id = await addInteraction(db.sql, { ...row, last_message_text: "Ау", last_message_at: new Date(0) });
  await saveDraft(db.sql, id);
  const seen = await show(db.sql, id);
  await upsert(db.sql, { ...row, extra_data: seen.document } as never); // proposed: no last_message_text, so another hash
  expect((await show(db.sql, id)).draft).toEqual(seen.draft);
});

test("an insert brings no draft but one of this very content", async ({ db }) => {
  const one = await addInteraction(db.sql, { extra_data: stale });
  expect((await show(db.sql, one)).document).toEqual({ theirs: 1 });
  const two = await addInteraction(db.sql, { extra_data: unhashed });
  expect((await show(db.sql, two)).document).toEqual({ theirs: 1 });
  const { hash } = await show(db.sql, two);
  const three = await addInteraction(db.sql, {
    extra_data: { last_ai_draft: { text: "Свой", content_hash: hash } },
  });
  expect((await show(db.sql, three)).state).toBe("ready");
});

test("COPY enqueues what it brings and takes in no stale draft", async ({ db }) => {
  await addInteraction(db.sql, { external_id: "first" });
  await takeJobs(db.sql);
  const client = db.connect();
  const stream =
    await client`copy public.interactions (seller_id, channel, external_id, text, extra_data) from stdin`.writable();
  const lines = Array.from(
    { length: 20 },
    (_, n) => `1\tquestion\tcopied-${n}\tДлина?\t${JSON.stringify(stale)}\n`,
  );
  await pipeline(lines, stream);
  const rows = await db.sql`select id, extra_data from public.interactions where external_id like 'copied-%'`;
  expect(rows.map((row) => row["extra_data"])).toEqual(Array(20).fill({ theirs: 1 }));
  expect((await jobs(db.sql)).map((job) => job.interaction).toSorted()).toEqual(
    rows.map((row) => row["id"]).toSorted(),
  );
});

test("MERGE is as any other writer", async ({ db, skip }) => {
  const [version] = await db.sql`select current_setting('server_version_num')::int as n`;
  if (version?.["n"] < 150000) skip();
  const id = await addInteraction(db.sql, { external_id: "known" });
  await saveDraft(db.sql, id);
  await takeJobs(db.sql);
  const merge = (text: string) => db.sql`
    merge into public.interactions i
    using (values ('known', ${text}), (${`new ${text}`}, ${text})) as v (external_id, text) on i.external_id = v.external_id
    when matched then update set text = v.text, extra_data = '{"theirs": 1}'
    when not matched then insert (seller_id, channel, external_id, text) values (1, 'question', v.external_id, v.text)`;
  await merge("Какой состав у ткани?");
  expect((await show(db.sql, id)).draft).toMatchObject({ source: "llm" });
  expect(await takeJobs(db.sql)).toHaveLength(1);
  await merge("Иначе");
  expect((await show(db.sql, id)).document).toEqual({ theirs: 1 });
  expect(await takeJobs(db.sql)).toHaveLength(2);
});

test("an update of many rows from another table settles each by its own content", async ({ db }) => {
  const ids = await addInteractions(db.sql, 6, (n) => ({ external_id: `e${n}` }));
  for (const id of ids) await saveDraft(db.sql, id);
  await takeJobs(db.sql);
  await db.sql`
    update public.interactions i set text = v.text, extra_data = '{}'
    from (values ('e0', 'Иначе'), ('e1', 'Какой состав у ткани?'), ('e2', 'Иначе')) as v (external_id, text)
    where i.external_id = v.external_id`;
  const states = await Promise.all(ids.map(async (id) => (await show(db.sql, id)).draft === null));
  expect(states).toEqual([true, false, true, false, false, false]);
  expect((await takeJobs(db.sql)).toSorted()).toEqual([ids[0], ids[2]].toSorted());
});

test("a row under a new primary key keeps its fresh draft, and is enqueued where it wants one", async ({
  db,
}) => {
  const [fresh, wanting] = (await addInteractions(db.sql, 2)) as [string, string];
  await saveDraft(db.sql, fresh);
  await takeJobs(db.sql);
  await db.sql`update public.interactions set id = id + 1000`;
  expect((await show(db.sql, String(Number(fresh) + 1000))).state).toBe("ready");
  expect(await takeJobs(db.sql)).toEqual([String(Number(wanting) + 1000)]);
});
