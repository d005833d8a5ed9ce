import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs } from "../../helpers/jobs.ts";
import {
  addInteraction,
  addInteractions,
  type Client,
  projectDraft,
  recordDraft,
  saveDraft,
  show,
} from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const claim = async (sql: Client, id: string) =>
  sql`insert into predraft.draft_claims (interaction_id, content_hash, worker_id, seller_id, provider, paid)
    values (${id}, ${(await show(sql, id)).hash}, 1, 1, 'p', true)`;
/** What a worker records for content that it read before the interaction was deleted. */
const recordLate = async (sql: Client, id: string, hash: string, source = "llm") =>
  (
    await sql`select predraft.record_draft(${sql.json({
      interaction_id: Number(id),
      seller_id: 1,
      content_hash: hash,
      text: "Здравствуйте!",
      source,
      outcome: "unprojected",
    })}) as id`
  )[0]?.["id"];
const left = async (sql: Client) => {
  const [row] = await sql`
    select (select count(*)::int from predraft.drafts) as drafts, (select count(*)::int from predraft.draft_claims) as claims`;
  return { ...row, jobs: (await jobs(sql)).length };
};
const drain = async (sql: Client) => (await sql`select predraft.drain_misses() as n`)[0]?.["n"];

onEachHost(
  "a deleted interaction takes its drafts along, and its claims and jobs with the next drain",
  async ({ sql }) => {
    const [kept, gone] = (await addInteractions(sql, 2)) as [string, string];
    for (const id of [kept, gone]) {
      await recordDraft(sql, id);
      await claim(sql, id);
    }
    await sql`delete from public.interactions where id = ${gone}`;
    // Claims stay free for the worker that holds them until the host has committed.
    expect(await left(sql)).toEqual({ drafts: 1, claims: 2, jobs: 2 });
    expect(await drain(sql)).toBe(1);
    expect(await left(sql)).toEqual({ drafts: 1, claims: 1, jobs: 1 });
    expect((await jobs(sql)).map((job) => job.interaction)).toEqual([kept]);
  },
);

onEachHost(
  "a result that comes after its interaction's deletion was handled is removed by the next drain",
  async ({ sql }) => {
    const id = await addInteraction(sql);
    const { hash } = await show(sql, id);
    await sql`delete from public.interactions where id = ${id}`;
    await drain(sql);
    const late = await recordLate(sql, id, hash, "fallback");
    expect(await projectDraft(sql, late, true)).toBe("gone");
    await drain(sql);
    expect(await left(sql)).toEqual({ drafts: 0, claims: 0, jobs: 0 });
  },
);

for (const [how, giveBack] of [
  ["given back", (sql: Client, id: string) => sql`select predraft.return_draft(${id}, 3, '{}')`],
  ["put off", (sql: Client, id: string) => sql`select predraft.park_draft(${id}, now(), 3, '{}')`],
] as const)
  test(`what a worker recorded before it died goes with the job that is ${how}, where the interaction is gone`, async ({
    db: { sql },
  }) => {
    const id = await addInteraction(sql);
    const { hash } = await show(sql, id);
    await sql`delete from public.interactions where id = ${id}`;
    await drain(sql);
    await recordLate(sql, id, hash);
    await giveBack(sql, id);
    await drain(sql);
    expect(await left(sql)).toEqual({ drafts: 0, claims: 0, jobs: 0 });
  });

test("hundreds at once, in every kind of job, leave nothing behind", async ({ db }) => {
  const ids = await addInteractions(db.sql, 300);
  for (const id of ids.slice(0, 3)) {
    await db.sql`select predraft.request_draft(${id}, true)`;
    await db.sql`select predraft.park_draft(${id}, now() + interval '1 hour', 2, '{}')`;
  }
  await db.sql`delete from public.interactions`;
  await drain(db.sql);
  expect(await left(db.sql)).toEqual({ drafts: 0, claims: 0, jobs: 0 });
});

test("an id that is inserted again before the drain keeps what is its own", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await saveDraft(db.sql, id);
  await db.sql`delete from public.interactions where id = ${id}`;
  await addInteraction(db.sql, { id, text: "Новая жизнь" });
  await saveDraft(db.sql, id, { text: "Новый ответ" });
  await drain(db.sql);
  expect((await show(db.sql, id)).draft).toMatchObject({ text: "Новый ответ" });
  const history = await db.sql`select text from predraft.drafts`;
  expect(history.map((row) => row["text"])).toEqual(["Новый ответ"]);
  expect((await jobs(db.sql)).length).toBeGreaterThan(0);
});

test("what a worker holds for a moment isn't waited for, and goes with the next drain", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await recordDraft(db.sql, id);
  await claim(db.sql, id);
  const worker = await db.connect().reserve();
  await worker`begin`;
  await worker`select from predraft.drafts where interaction_id = ${id} for update`;
  await worker`select from predraft.draft_claims where interaction_id = ${id} for update`;
  const host = db.connect();
  await host`set statement_timeout = '1s'`;
  await host`delete from public.interactions where id = ${id}`;
  await worker`commit`;
  worker.release();
  await drain(db.sql);
  expect(await left(db.sql)).toEqual({ drafts: 0, claims: 0, jobs: 0 });
});

test("a row that leaves its primary key takes its old history along as a deleted one does", async ({
  db,
}) => {
  const id = await addInteraction(db.sql);
  await saveDraft(db.sql, id);
  await claim(db.sql, id);
  await db.sql`update public.interactions set id = 77`;
  await drain(db.sql);
  expect(await left(db.sql)).toEqual({ drafts: 0, claims: 0, jobs: 0 });
  expect((await show(db.sql, "77")).state).toBe("ready");
});
