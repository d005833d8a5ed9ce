import { describe, expect } from "vitest";
import { type BackfillChoice, enqueueBackfill, readBackfill } from "../../src/backfill/queries.ts";
import { onEachHost } from "../helpers/hosts.ts";
import { jobs, takeJobs } from "../helpers/jobs.ts";
import { reserve } from "../helpers/reserve.ts";
import { addInteraction, addInteractions, addSeller, type Client, saveDraft, show } from "../helpers/rows.ts";
import { test } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";

const wanting: BackfillChoice = {
  kinds: ["wanting"],
  sellers: null,
  since: new Date(0),
  promptVersions: { review: "r-2", question: "q-2", chat: "c-2" },
  remote: true,
};
const provisional: BackfillChoice = { ...wanting, kinds: ["provisional"] };
const older: BackfillChoice = { ...wanting, kinds: ["older_prompt"] };

type Sql = Parameters<typeof readBackfill>[0];
const found = async (sql: Sql, choice: BackfillChoice): Promise<string[]> =>
  (await readBackfill(sql, choice)).map(({ id }) => id);
const enqueue = async (sql: Sql, choice: BackfillChoice): Promise<number> =>
  enqueueBackfill(sql, choice, await readBackfill(sql, choice));

/** Open interactions without jobs, as after an outage of the queue. */
async function idle(
  sql: Client,
  count: number,
  vary?: Parameters<typeof addInteractions>[2],
): Promise<string[]> {
  const ids = await addInteractions(sql, count, vary);
  await takeJobs(sql);
  return ids;
}

onEachHost("each kind finds its own, and leaves what is closed alone", async ({ sql }) => {
  const [bare, waiting, old, fresh, closed] = (await idle(sql, 5)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  await saveDraft(sql, waiting, { provisional: true, source: "fallback", fallback_reason: "daily_limit" });
  await saveDraft(sql, old, { prompt_version: "q-1" });
  await saveDraft(sql, fresh, { prompt_version: "q-2" });
  await saveDraft(sql, closed, { prompt_version: "q-1" });
  await sql`update public.interactions set status = 'responded' where id = ${closed}`;
  expect(await found(sql, wanting)).toEqual([bare]);
  expect(await found(sql, provisional)).toEqual([waiting]);
  expect(await found(sql, older)).toEqual([old]);
  const all = { ...wanting, kinds: ["wanting", "provisional", "older_prompt"] } as const;
  expect((await found(sql, all)).toSorted()).toEqual([bare, waiting, old].toSorted());
});

test("an offline draft is provisional where a remote provider is, and final where none is", async ({
  db,
}) => {
  const [id] = (await idle(db.sql, 1)) as [string];
  await saveDraft(db.sql, id, { source: "offline", prompt_version: "q-1" });
  expect(await found(db.sql, provisional)).toEqual([id]);
  expect(await found(db.sql, { ...provisional, remote: false })).toEqual([]);
  expect(await found(db.sql, older)).toEqual([]);
});

test("another writer's draft, and one whose content killed its worker, are left alone", async ({ db }) => {
  const [host, poison] = (await idle(db.sql, 2)) as [string, string];
  await saveDraft(db.sql, host, { source: "host" });
  await saveDraft(db.sql, poison, { provisional: true, source: "fallback", fallback_reason: "poison" });
  const all = { ...wanting, kinds: ["wanting", "provisional", "older_prompt"] } as const;
  expect(await found(db.sql, all)).toEqual([]);
});

test("without a date nothing beyond ai_draft_max_age_days is found, with one whatever is as new", async ({
  db,
}) => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  const [, mid, old] = (await idle(db.sql, 3, (n) => ({
    occurred_at: daysAgo([1, 20, 400][n] as number) as never,
  }))) as [string, string, string];
  const chat = await addInteraction(db.sql, {
    channel: "chat",
    occurred_at: daysAgo(500) as never,
    last_message_at: daysAgo(2) as never,
    last_message_text: "Где заказ?",
  });
  await takeJobs(db.sql);
  expect(await found(db.sql, { ...wanting, since: null })).toHaveLength(3);
  expect(await found(db.sql, { ...wanting, since: daysAgo(10) })).not.toContain(mid);
  expect(await found(db.sql, { ...wanting, since: daysAgo(10) })).toContain(chat);
  expect(await found(db.sql, { ...wanting, since: daysAgo(401) })).toContain(old);
});

test("sellers can be named, and one that is switched off is left alone", async ({ db }) => {
  await addSeller(db.sql, 2);
  await addSeller(db.sql, 3);
  await idle(db.sql, 3, (n) => ({ seller_id: n + 1 }));
  expect(await found(db.sql, { ...wanting, sellers: ["2", "3"] })).toHaveLength(2);
  await db.sql`insert into predraft.seller_settings (seller_id, question_enabled) values (3, false)`;
  expect(await found(db.sql, { ...wanting, sellers: ["2", "3"] })).toHaveLength(1);
});

test("what needs no call is told apart: a review without text, a draft that the history holds", async ({
  db,
}) => {
  const [rating, known, plain] = (await idle(db.sql, 3, (n) =>
    n === 0 ? { channel: "review", rating: 5, text: " " } : { rating: null },
  )) as [string, string, string];
  await saveDraft(db.sql, known);
  await db.sql`update public.interactions set extra_data = '{"last_ai_draft": null}' where id = ${known}`;
  await takeJobs(db.sql);
  const free = new Map((await readBackfill(db.sql, wanting)).map((item) => [item.id, item.free]));
  expect([free.get(rating), free.get(known), free.get(plain)]).toEqual([true, true, false]);
});

onEachHost(
  "jobs go behind all fresh work, the most urgent and newest first, and say what they are",
  async ({ sql }) => {
    const ids = (await idle(sql, 4, (n) => ({
      priority: n < 2 ? "low" : "urgent",
      occurred_at: new Date(Date.UTC(2026, 0, 1 + n)) as never,
    }))) as [string, string, string, string];
    expect(await enqueue(sql, wanting)).toBe(4);
    const fresh = await addInteraction(sql, { priority: "low", occurred_at: "2025-01-01T00:00:00Z" });
    const queue =
      await sql`select interaction_id::text as id, priority from predraft.queue order by position`;
    expect(queue.map((row) => row["id"])).toEqual([fresh, ids[3], ids[2], ids[1], ids[0]]);
    expect(queue.map((row) => row["priority"])).toEqual(["low", ...Array(4).fill("backfill")]);
    expect((await jobs(sql)).find((job) => job.interaction === ids[0])).toMatchObject({
      key: expect.stringMatching(/^draft:[0-9]+:[0-9]+:backfill$/),
      priority: 83,
      maxAttempts: 5,
      payload: { trigger: "backfill" },
    });
  },
);

describe("what has a job", () => {
  test("is not enqueued again, by the same command or by one that looked before", async ({ db }) => {
    await idle(db.sql, 3);
    const items = await readBackfill(db.sql, wanting);
    expect(await enqueueBackfill(db.sql, wanting, items.slice(0, 2))).toBe(2);
    expect(await enqueueBackfill(db.sql, wanting, items)).toBe(1);
    expect(await enqueue(db.sql, wanting)).toBe(0);
    expect(await jobs(db.sql)).toHaveLength(3);
  });

  test("is not enqueued by a second backfill at the same moment: it waits for the first, and then sees its jobs", async ({
    db,
  }) => {
    await idle(db.sql, 2);
    const [one, two] = [db.connect(), db.connect()];
    const items = await readBackfill(db.sql, wanting);
    const first = await one.reserve();
    await first`begin`;
    await first`select predraft.enqueue_backfill(${`{${items.map(({ id }) => id).join()}}`}, '{wanting}', '{}', true)`;
    const second = enqueueBackfill(two, wanting, items);
    await until(
      async () =>
        (
          await db.sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        ).length,
      { what: "the second backfill waits" },
    );
    await first`commit`;
    first.release();
    expect(await second).toBe(0);
    expect(await jobs(db.sql)).toHaveLength(2);
  });

  test("is not found while a draft is being made for it", async ({ db }) => {
    const [id] = (await idle(db.sql, 1)) as [string];
    await reserve(db.sql, id);
    expect(await found(db.sql, wanting)).toEqual([]);
  });
});

test("one that was drafted, closed or changed its kind since it was looked for gets no job", async ({
  db,
}) => {
  const [drafted, closed, left] = (await idle(db.sql, 3)) as [string, string, string];
  const items = await readBackfill(db.sql, wanting);
  await saveDraft(db.sql, drafted);
  await db.sql`update public.interactions set status = 'responded' where id = ${closed}`;
  expect(await enqueueBackfill(db.sql, wanting, items)).toBe(1);
  expect((await jobs(db.sql)).map((job) => job.interaction)).toEqual([left]);
});

test("parked, given back, or a dead worker's, it stays a backfill in its place", async ({ db }) => {
  const [id] = (await idle(db.sql, 1)) as [string];
  const payload = db.sql.json({ trigger: "backfill" });
  await db.sql`select predraft.park_draft(${id}, now() + interval '1 hour', 3, ${payload})`;
  await db.sql`select predraft.return_draft(${id}, 3, ${payload})`;
  expect((await jobs(db.sql)).map(({ priority, key }) => [priority, key.split(":").at(-1)])).toEqual([
    [82, "backfill"],
    [82, "backfill"],
  ]);
  await takeJobs(db.sql);
  await enqueue(db.sql, wanting);
  await db.sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'dead', attempts = 1`;
  await db.sql`select predraft.free_pool('dead')`;
  expect(await jobs(db.sql)).toMatchObject([
    { priority: 82, maxAttempts: 4, payload: { trigger: "backfill" } },
  ]);
});

test("a prompt that came back has its own draft again without a call: the history holds it", async ({
  db,
}) => {
  const { sql } = db;
  const [id] = (await idle(sql, 1)) as [string];
  const first = await saveDraft(sql, id, { prompt_version: "q-2", text: "Первый.", cost_usd: 0.5 });
  await saveDraft(sql, id, { prompt_version: "q-3", text: "Второй." });
  expect(await readBackfill(sql, older)).toMatchObject([{ id, free: true }]);
  await enqueue(sql, older);
  const [copy] =
    await sql`select text, prompt_version, cost_usd::float8, outcome, id > ${first.draftId} as newer
    from predraft.drafts order by id desc limit 1`;
  expect(copy).toEqual({
    text: "Первый.",
    prompt_version: "q-2",
    cost_usd: 0,
    outcome: "unprojected",
    newer: true,
  });
  const [{ context } = { context: null }] =
    await sql`select predraft.draft_context(${id}, 'p', 'pregenerate') as context`;
  expect(context).toMatchObject({ restorable: { promptVersion: "q-2", overdue: true } });
  expect((await show(sql, id)).draft).toMatchObject({ text: "Второй." });
});
