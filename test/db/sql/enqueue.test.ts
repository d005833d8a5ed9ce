import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs, takeJobs } from "../../helpers/jobs.ts";
import { listen } from "../../helpers/listen.ts";
import {
  addInteraction,
  addInteractions,
  interaction,
  projectDraft,
  recordDraft,
  saveDraft,
  show,
} from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

onEachHost(
  "an insert of many rows adds one job for each open one, with one notification",
  async ({ db, sql }) => {
    const listener = await listen(db);
    const ids = await addInteractions(sql, 50, (n) =>
      n % 10 === 0 ? { status: "responded" } : n % 10 === 1 ? { needs_response: false } : {},
    );
    const open = ids.filter((_, n) => n % 10 > 1);
    expect((await listener.received()).map((heard) => heard.channel)).toEqual(["jobs:insert"]);
    expect((await takeJobs(sql)).toSorted()).toEqual(open.toSorted());
  },
);

onEachHost(
  "a thousand unchanged rows upserted again add no job and notify nobody",
  async ({ db, sql, document }) => {
    const row = (n: number) => interaction({ external_id: `e${n}`, rating: (n % 5) + 1, [document]: { n } });
    const rows = Array.from({ length: 1_000 }, (_, n) => row(n));
    await addInteraction(sql, { external_id: "first" });
    const upsert = () => sql`
    insert into public.interactions ${sql(rows)}
    on conflict (seller_id, marketplace, channel, external_id) do update
    set text = excluded.text, rating = excluded.rating, priority = excluded.priority, status = excluded.status,
      needs_response = excluded.needs_response, occurred_at = excluded.occurred_at,
      ${sql(document)} = excluded.${sql(document)}, updated_at = clock_timestamp()`;
    await upsert();
    const waiting = (await jobs(sql)).length;
    const ids = await sql`select id from public.interactions order by id limit 300`;
    for (const { id } of ids.slice(0, 5)) await saveDraft(sql, String(id)); // with drafts beside them, too
    const listener = await listen(db);
    await upsert();
    expect(await listener.received()).toEqual([]);
    expect(await jobs(sql)).toHaveLength(waiting);
  },
);

const set = (fields: Record<string, unknown>) => fields as Record<string, never>;

test.for<[string, Record<string, unknown>, boolean]>([
  ["new words", { text: "Иначе" }, true],
  ["another rating", { rating: 1 }, true],
  ["another priority while it waits", { priority: "urgent" }, true],
  ["no priority any more while it waits", { priority: null }, true],
  ["the same values", { text: "Какой состав у ткани?", priority: "normal" }, false],
  [
    "another customer, subject and date",
    { customer_name: "Ян", subject: "х", occurred_at: new Date(0) },
    false,
  ],
  ["an empty text for none", { last_message_text: "" }, false],
  ["the seller's answer", { status: "responded" }, false],
  ["no need of an answer", { needs_response: false }, false],
])("%s, on a row that waits: job %j", async ([, change, enqueues], { db }) => {
  const id = await addInteraction(db.sql);
  await takeJobs(db.sql);
  await db.sql`update public.interactions set ${db.sql(set(change))} where id = ${id}`;
  expect(await takeJobs(db.sql)).toEqual(enqueues ? [id] : []);
});

test.for<[string, Record<string, unknown>, boolean]>([
  ["new words", { text: "Иначе" }, true],
  ["an explicit null for the draft", { extra_data: { last_ai_draft: null } }, true],
  ["another priority", { priority: "urgent" }, false],
  ["a document without the draft", { extra_data: {} }, false],
  ["closing", { status: "responded" }, false],
  ["closing with new words", { status: "responded", text: "Иначе" }, false],
  ["a document that can hold no draft", { extra_data: [1] }, false],
])("%s, on a row with its draft: job %j", async ([, change, enqueues], { db }) => {
  const id = await addInteraction(db.sql);
  await saveDraft(db.sql, id);
  await takeJobs(db.sql);
  await db.sql`update public.interactions set ${db.sql(set(change))} where id = ${id}`;
  expect(await takeJobs(db.sql)).toEqual(enqueues ? [id] : []);
});

test("reopening adds a job where a draft is missing, and none where a fresh one is there", async ({ db }) => {
  for (const drafted of [false, true]) {
    const id = await addInteraction(db.sql);
    if (drafted) await saveDraft(db.sql, id);
    await db.sql`update public.interactions set status = 'responded' where id = ${id}`;
    await takeJobs(db.sql);
    await db.sql`update public.interactions set status = 'open' where id = ${id}`;
    expect(await takeJobs(db.sql)).toEqual(drafted ? [] : [id]);
  }
});

test("a document that can hold a draft at last adds a job", async ({ db }) => {
  const id = await addInteraction(db.sql, { extra_data: [1] });
  expect(await takeJobs(db.sql)).toEqual([]);
  await db.sql`update public.interactions set extra_data = '{}' where id = ${id}`;
  expect(await takeJobs(db.sql)).toEqual([id]);
});

test("our own save adds no job", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await takeJobs(db.sql);
  const draftId = await recordDraft(db.sql, id);
  const listener = await listen(db);
  expect(await projectDraft(db.sql, draftId)).toBe("saved");
  expect(await listener.received()).toEqual([]);
  expect(await takeJobs(db.sql)).toEqual([]);
});

test("content that changes twice in one transaction leaves a job for what it is at the end", async ({
  db,
}) => {
  const id = await addInteraction(db.sql);
  await saveDraft(db.sql, id);
  await takeJobs(db.sql);
  await db.sql.begin(async (tx) => {
    await tx`update public.interactions set text = 'Раз' where id = ${id}`;
    await tx`update public.interactions set text = 'Два' where id = ${id}`;
  });
  expect(new Set(await takeJobs(db.sql))).toEqual(new Set([id]));
  expect((await show(db.sql, id)).draft).toBeNull();
});

test("nothing is enqueued while pre-generation is off", async ({ db }) => {
  await db.sql`insert into public.runtime_settings (key, value) values ('ai_draft_pregenerate_enabled', 'off')`;
  const id = await addInteraction(db.sql);
  await db.sql`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect(await jobs(db.sql)).toEqual([]);
});

test("ingest that is rolled back leaves no job and wakes nobody", async ({ db }) => {
  const listener = await listen(db);
  await expect(
    db.sql.begin(async (tx) => {
      await addInteraction(tx);
      throw new Error("host changed its mind");
    }),
  ).rejects.toThrow("host changed its mind");
  expect(await jobs(db.sql)).toEqual([]);
  expect(await listener.received()).toEqual([]);
});
