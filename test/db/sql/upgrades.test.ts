import { expect } from "vitest";
import { jobs } from "../../helpers/jobs.ts";
import { addInteraction, type Client, type Fields, recordDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const addFresh = (sql: Client, fields: Fields = {}) =>
  addInteraction(sql, { occurred_at: new Date(), ...fields });
const standing = async (sql: Client, id: string, reason: string | null) => {
  const [row] = await sql`select content_hash from predraft.interactions where id = ${id}`;
  const result = {
    interaction_id: id,
    seller_id: 1,
    content_hash: row?.["content_hash"],
    text: "Здравствуйте!",
    source: reason === null ? "llm" : "fallback",
    fallback_reason: reason,
    outcome: "unprojected",
    trigger: "pregenerate",
  };
  await sql`select predraft.project_draft(predraft.record_draft(${sql.json(result)}), ${reason !== null})`;
};
const clear = (sql: Client) =>
  sql`select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))`;
const enqueue = async (sql: Client, limit = 1_000) =>
  (await sql`select predraft.enqueue_upgrades(${limit}) as n`)[0]?.["n"];

test("upgrades go behind all fresh work, most urgent and newest first, and the key says what they are", async ({
  db: { sql },
}) => {
  const priorities = ["low", "urgent", "normal", "high"];
  for (const priority of priorities) await standing(sql, await addFresh(sql, { priority }), "provider_down");
  await clear(sql);
  expect(await enqueue(sql)).toBe(4);
  expect(await enqueue(sql), "they have a job now").toBe(0);
  const added = await jobs(sql);
  expect(added.map((job) => job.priority).toSorted()).toEqual([40, 50, 60, 70]);
  for (const job of added) {
    expect(job.key).toMatch(/^draft:\d+:\d+:upgrade$/);
    expect(job.payload).toMatchObject({ trigger: "upgrade" });
    expect(job.maxAttempts).toBe(5);
  }
  const [queued] = await sql`select priority from predraft.queue limit 1`;
  expect(queued).toEqual({ priority: "upgrade" });
});

test("only what an outage left provisional, or may have, is upgraded", async ({ db: { sql } }) => {
  const made = new Map<string, string>();
  for (const reason of ["provider_down", "waiting", "failed", "poison", "final", "none", "closed", "old"]) {
    const old = reason === "old" ? { occurred_at: new Date("2026-01-01") } : {};
    const id = await addFresh(sql, old);
    made.set(reason, id);
    if (reason === "none") continue;
    const outage = reason === "closed" || reason === "old" ? "provider_down" : reason;
    await standing(sql, id, reason === "final" ? null : outage);
    if (reason === "closed") await sql`update public.interactions set status = 'responded' where id = ${id}`;
  }
  await clear(sql);
  await enqueue(sql);
  const found = (await jobs(sql)).map((job) => job.key?.split(":")[1]).toSorted();
  expect(found).toEqual(["provider_down", "waiting", "failed"].map((reason) => made.get(reason)).toSorted());
});

test("who tries whether an outage is over is never the same row twice in turn", async ({ db: { sql } }) => {
  const ids = [];
  for (const priority of ["urgent", "normal", "low"]) {
    const id = await addFresh(sql, { priority });
    await standing(sql, id, "provider_down");
    ids.push(id);
  }
  const tried: (string | undefined)[] = [];
  for (let n = 0; n < 6; n += 1) {
    await clear(sql);
    expect(await enqueue(sql, 1)).toBe(1);
    const id = (await jobs(sql))[0]?.key?.split(":")[1] as string;
    tried.push(id);
    await recordDraft(sql, id, { source: "llm", outcome: "failed", text: null, error_code: "model_refused" });
  }
  expect(tried, "the most urgent first, then in turn").toEqual([...ids, ...ids]);
});

test("what the model declines is upgraded by no outage's end", async ({ db: { sql } }) => {
  await standing(sql, await addFresh(sql), "refused");
  await clear(sql);
  expect(await enqueue(sql)).toBe(0);
  expect(await sql`select from predraft.unserved(true)`).toHaveLength(0);
});

test("a parked, a returned and a dead worker's upgrade stays one, behind fresh work", async ({
  db: { sql },
}) => {
  const id = await addFresh(sql, { priority: "normal" });
  await clear(sql);
  const upgrade = sql.json({ trigger: "upgrade" });
  await sql`select predraft.park_draft(${id}, now() + interval '1 minute', 3, ${upgrade})`;
  await sql`select predraft.return_draft(${id}, 3, ${upgrade})`;
  for (const job of await jobs(sql)) {
    expect(job).toMatchObject({ priority: 60, maxAttempts: 3, payload: { trigger: "upgrade" } });
    expect(job.key).toMatch(/:upgrade$/);
  }
  await clear(sql);
  await sql`select predraft.return_draft(${id}, 3, ${upgrade})`;
  await sql`update graphile_worker._private_jobs set locked_by = 'dead', locked_at = now(), attempts = 1`;
  await sql`select predraft.free_pool('dead')`;
  expect(await jobs(sql)).toMatchObject([
    {
      priority: 60,
      maxAttempts: 2,
      payload: { trigger: "upgrade" },
      key: expect.stringMatching(/:upgrade$/),
    },
  ]);
});

test("a job that runs while upgrades are enqueued counts as none: it may be ending without a draft", async ({
  db: { sql },
}) => {
  const id = await addFresh(sql);
  await standing(sql, id, "provider_down");
  await sql`update graphile_worker._private_jobs set locked_by = 'me', locked_at = now()`;
  expect(await enqueue(sql)).toBe(1);
});

test("a wait never replaces a job's last word, whatever came first", async ({ db: { sql } }) => {
  const id = await addFresh(sql);
  const reason = async () =>
    (
      await sql`
        select extra_data #>> '{last_ai_draft,fallback_reason}' as reason from public.interactions where id = ${id}`
    )[0]?.["reason"];
  await standing(sql, id, "waiting");
  await standing(sql, id, "provider_down");
  await standing(sql, id, "waiting");
  expect(await reason()).toBe("provider_down");
});

test("of a wait and a last word that are recorded at once, the last word stands, whichever is written last", async ({
  db: { sql },
}) => {
  for (const order of [
    ["provider_down", "waiting"],
    ["waiting", "provider_down"],
  ]) {
    for (const written of [
      [0, 1],
      [1, 0],
    ]) {
      const id = await addFresh(sql);
      const recorded = [];
      for (const fallback_reason of order)
        recorded.push(await recordDraft(sql, id, { source: "fallback", fallback_reason }));
      for (const which of written)
        await sql`select predraft.project_draft(${recorded[which] as string}, true)`;
      const { draft, document } = await show(sql, id);
      expect(draft?.["fallback_reason"], `${order} written ${written}`).toBe("provider_down");
      // Nor does a document bring the wait back that a host read before.
      const snapshot = {
        ...document,
        last_ai_draft: { ...draft, draft_id: 1e9, fallback_reason: "waiting" },
      };
      await sql`update public.interactions set extra_data = ${sql.json(snapshot as never)} where id = ${id}`;
      expect((await show(sql, id)).draft).toEqual(draft);
    }
  }
});

test("an outage is told of, goes on and ends; a pause knows since when it is", async ({ db: { sql } }) => {
  const gate = async () => (await sql`select * from predraft.gate where provider = 'p:m'`)[0];
  const prolong = async () =>
    (await sql`select predraft.prolong_pause('p:m', 60000) as stands`)[0]?.["stands"];
  expect(await prolong()).toBe(false);
  await sql`select predraft.pause_provider('p:m', 60000, 'The key is wrong')`;
  const since = (await gate())?.["paused_since"];
  await sql`select predraft.pause_provider('p:m', 90000, 'The key is wrong')`;
  expect((await gate())?.["paused_since"]).toEqual(since);
  expect(await prolong()).toBe(true);
  const [health] = await sql`select ok, detail, since from predraft.health where "check" = 'provider p:m'`;
  expect(health).toEqual({ ok: false, detail: "The key is wrong", since });

  await sql`update predraft.gate set paused_until = now() - interval '1 second'`;
  await sql`select predraft.pause_provider('p:m', 60000, 'Down')`;
  expect((await gate())?.["paused_since"]).not.toEqual(since);
  await sql`select predraft.end_pause('p:m')`;
  expect(await prolong()).toBe(false);
  expect((await sql`select ok from predraft.health where "check" = 'provider p:m'`)[0]).toEqual({ ok: true });
});
