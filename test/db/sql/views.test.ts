import { expect } from "vitest";
import { locks } from "../../../db/locks.ts";
import { onEachHost } from "../../helpers/hosts.ts";
import { breakQueue, mendQueue, takeJobs } from "../../helpers/jobs.ts";
import { reserve } from "../../helpers/reserve.ts";
import {
  addInteraction,
  addInteractions,
  addSeller,
  type Client,
  saveDraft,
  show,
} from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const state = async (sql: Client, id: string) => (await show(sql, id)).state;

onEachHost("an interaction's draft goes through its states", async ({ sql }) => {
  const id = await addInteraction(sql);
  expect(await state(sql, id)).toBe("queued");
  await takeJobs(sql);
  expect(await state(sql, id)).toBe("none");
  await sql`select predraft.park_draft(${id}, now() + interval '1 hour', 3, '{}')`;
  expect(await state(sql, id)).toBe("waiting");
  await sql`select predraft.request_draft(${id})`;
  expect(await state(sql, id)).toBe("queued");
  await reserve(sql, id);
  expect(await state(sql, id)).toBe("in_progress");
  await saveDraft(sql, id, { provisional: true, source: "fallback", fallback_reason: "waiting" });
  expect(await state(sql, id)).toBe("provisional");
  await saveDraft(sql, id);
  expect(await state(sql, id)).toBe("ready");
  await sql`update public.interactions set status = 'responded' where id = ${id}`;
  expect(await state(sql, id)).toBe("closed");
  await sql`update public.interactions set status = 'open', needs_response = false where id = ${id}`;
  expect(await state(sql, id)).toBe("closed");
});

test("a claim on older content is no progress on the new", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await reserve(db.sql, id);
  await db.sql`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect(await state(db.sql, id)).toBe("queued");
});

test("the view shows canonical names on a foreign host, and null for what it lacks", async ({ attached }) => {
  const id = await addInteraction(attached.sql, { subject: "Тема", metadata: { a: 1 }, nm_id: 7 });
  const [row] = await attached.sql`select * from predraft.interactions where id = ${id}`;
  expect(row).toMatchObject({
    subject: "Тема",
    extra_data: { a: 1 },
    customer_name: null,
    product_name: null,
    last_message_text: null,
  });
});

test("the queue lists jobs in the order in which they run, and why one waits", async ({ db }) => {
  const [normal, urgent, parked, asked, running] = (await addInteractions(db.sql, 5, (n) => ({
    priority: n === 1 ? "urgent" : "normal",
  }))) as [string, string, string, string, string];
  await takeJobs(db.sql);
  for (const id of [normal, urgent, running]) await db.sql`select predraft.return_draft(${id}, 2, '{}')`;
  await db.sql`select predraft.park_draft(${parked}, now() + interval '1 hour', 3, '{}')`;
  await db.sql`select predraft.request_draft(${asked})`;
  await db.sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where key like ${`draft:${running}:%`}`;
  const queue =
    await db.sql`select position::int, interaction_id, priority, reason, not_before is not null as later, max_attempts from predraft.queue order by position`;
  expect(queue.map((row) => Object.values(row))).toEqual([
    [1, running, "normal", "running", false, 2],
    [2, asked, "on demand", "next in order", false, 5],
    [3, urgent, "urgent", "next in order", false, 2],
    [4, normal, "normal", "next in order", false, 2],
    [5, parked, "normal", "parked", true, 3],
  ]);
});

test("what graphile-worker runs beside drafts, and jobs that ended for good, are not in the queue", async ({
  db,
}) => {
  const id = await addInteraction(db.sql);
  await db.sql`select graphile_worker.add_job('own_task', job_key := 'draft:7:7')`;
  await db.sql`select graphile_worker.add_job('generate_draft', job_key := 'draft:x:1')`;
  await db.sql`update graphile_worker._private_jobs set attempts = max_attempts where key like ${`draft:${id}:%`}`;
  expect(await db.sql`select from predraft.queue`).toHaveLength(0);
  expect(await state(db.sql, id)).toBe("none");
});

test("coverage counts open interactions by seller and priority", async ({ db }) => {
  await addSeller(db.sql, 2);
  const ids = await addInteractions(db.sql, 4, (n) => ({
    occurred_at: new Date(Date.UTC(2026, 0, 10 - n)) as never,
  }));
  const [a, b, , d] = ids as [string, string, string, string];
  await saveDraft(db.sql, a);
  await saveDraft(db.sql, b, { provisional: true, source: "fallback", fallback_reason: "waiting" });
  await db.sql`update public.interactions set status = 'responded' where id = ${d}`;
  await addInteraction(db.sql, { seller_id: 2, priority: "urgent" });
  const rows = await db.sql`
    select seller_id::int, priority, wanting::int, provisional::int, final::int, share::float8, oldest_wanting
    from predraft.coverage order by seller_id`;
  expect(rows).toEqual([
    {
      seller_id: 1,
      priority: "normal",
      wanting: 1,
      provisional: 1,
      final: 1,
      share: 0.333,
      oldest_wanting: new Date("2026-01-08"),
    },
    {
      seller_id: 2,
      priority: "urgent",
      wanting: 1,
      provisional: 0,
      final: 0,
      share: 0,
      oldest_wanting: new Date("2026-01-05T10:00:00Z"),
    },
  ]);
});

const failing = async (sql: Client) =>
  (await sql`select "check", detail from predraft.health where not ok order by 1`).map((row) => [
    row["check"],
    row["detail"],
  ]);

test("a healthy database lacks but a worker, and a worker's lock is what makes one", async ({ db }) => {
  expect(await failing(db.sql)).toEqual([["worker", expect.stringContaining("npm start")]]);
  const [row] = await db.sql`select predraft.register_worker('h', 1, 'v') as id`;
  await db.sql`update predraft.workers set beat_at = null`; // its first heartbeat is long ago
  expect(await failing(db.sql)).toHaveLength(1);
  const worker = await db.connect().reserve();
  await worker`select pg_advisory_lock(${locks.liveness}, ${row?.["id"]})`;
  expect(await failing(db.sql)).toEqual([]);
  worker.release();
});

test("health tells what is wrong", async ({ db }) => {
  await db.sql`insert into predraft.workers (host, pid, version) values ('h', 1, 'v')`;
  await db.sql`alter table public.interactions disable trigger predraft_20_inserted`;
  await db.sql`drop trigger predraft_22_deleted on public.interactions`;
  await db.sql`insert into public.runtime_settings (key, value) values ('llm_enabled', 'perhaps')`;
  await db.sql`select predraft.pause_provider('deepseek', 60000, 'wrong key')`;
  await db.sql`select predraft.note_misses(array[1], 'enqueue')`;
  await db.sql`select graphile_worker.add_job('generate_draft', job_key := 'draft:1:1', max_attempts := 1)`;
  await db.sql`update graphile_worker._private_jobs set attempts = 1`;
  expect(await failing(db.sql)).toEqual([
    ["dead_jobs", expect.stringContaining("1 jobs")],
    ["enqueue_misses", "1 not yet enqueued"],
    ["provider deepseek", expect.stringContaining("wrong key until")],
    ["setting llm_enabled", expect.stringContaining("expected true/false")],
    ["triggers", expect.stringMatching(/predraft_20_inserted is disabled.*predraft_22_deleted is missing/)],
    ["worker", expect.any(String)],
  ]);
});

test("an interaction that killed its worker each time is told until its content changes", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await saveDraft(db.sql, id, { provisional: true, source: "fallback", fallback_reason: "poison" });
  expect((await failing(db.sql)).map(([check]) => check)).toContain("poison");
  await db.sql`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect((await failing(db.sql)).map(([check]) => check)).not.toContain("poison");
});

test("what has no job though it should is found by the sweep's query, most urgent and newest first", async ({
  db,
}) => {
  await breakQueue(db.sql);
  const ids = await addInteractions(db.sql, 5, (n) => ({
    priority: ["normal", "urgent", "normal", "normal", "normal"][n] as never,
    occurred_at: new Date(Date.now() - n * 86_400_000 * (n === 4 ? 100 : 1)) as never,
  }));
  const [a, b, c, d] = ids as [string, string, string, string];
  await mendQueue(db.sql);
  await saveDraft(db.sql, d);
  const unserved = async () =>
    (await db.sql`select interaction_id from predraft.unserved(true)`).map((row) => row["interaction_id"]);
  expect(await unserved()).toEqual([b, a, c]);
  await db.sql`select predraft.enqueue_ids(array[${a}]::bigint[])`;
  await reserve(db.sql, b);
  expect(await unserved()).toEqual([c]);
});
