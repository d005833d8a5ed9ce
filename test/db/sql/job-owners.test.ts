import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs } from "../../helpers/jobs.ts";
import {
  addInteraction,
  addInteractions,
  addSeller,
  type Client,
  interaction,
  show,
} from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const owners = async (sql: Client) =>
  (
    await sql`select interaction_id::text as id, job_key as key, seller_id::text as seller from predraft.job_owners order by 2`
  ).map((row) => ({ ...row }));

/** Jobs that nobody of these tests looks for, as many as make reading them all tell. */
const longQueue = (sql: Client, length: number) => sql`
  insert into public.interactions (seller_id, marketplace, channel, external_id, text, priority)
  select 9, 'wildberries', 'question', 'long-' || n, 'вопрос', 'normal' from generate_series(1, ${length}::int) n`;

/** Rows that a statement reads from the queue's table, by its own counters. */
async function jobsRead(sql: Client, statement: string): Promise<number> {
  const [row] = await sql.unsafe(`explain (analyze, buffers, format json) ${statement}`);
  return Number(row?.["QUERY PLAN"][0]["Plan"]["Shared Hit Blocks"]);
}

onEachHost("each way a job comes to be says whose it is", async ({ sql }) => {
  const id = await addInteraction(sql);
  await sql`select predraft.request_draft(${id})`;
  await sql`select predraft.park_draft(${id}, now() + interval '1 hour', 5, '{}')`;
  await sql`select predraft.return_draft(${id}, 5, '{}')`;
  await sql`select predraft.enqueue_ids(array[${id}]::bigint[])`;
  const keys = (await jobs(sql)).map((job) => job.key).toSorted();
  expect(keys).toHaveLength(5);
  expect(await owners(sql)).toEqual(keys.map((key) => ({ id, key, seller: "1" })));
});

test("a note goes when its job has ended, and stays while a job has its key", async ({ db }) => {
  const [ended, waiting] = (await addInteractions(db.sql, 2)) as [string, string];
  const all = await jobs(db.sql);
  const keyOf = (id: string) => all.find((job) => job.interaction === id)?.key ?? "";
  await db.sql`select graphile_worker.complete_jobs(array[${all.find((job) => job.interaction === ended)?.id ?? ""}::bigint])`;
  await db.sql`select predraft.forget_jobs(${[ended, waiting]}, ${[keyOf(ended), keyOf(waiting)]})`;
  expect((await owners(db.sql)).map((row) => row["id"])).toEqual([waiting]);
});

test("what a dead worker has not told is cleaned away", async ({ db }) => {
  await addInteractions(db.sql, 3);
  const [first] = await jobs(db.sql);
  await db.sql`select graphile_worker.complete_jobs(array[${first?.id ?? ""}::bigint])`;
  await db.sql`select predraft.clean_usage(100)`;
  expect(await owners(db.sql)).toHaveLength(2);
});

test("a note without a job makes no interaction queued", async ({ db }) => {
  const id = await addInteraction(db.sql);
  expect((await show(db.sql, id)).state).toBe("queued");
  const [job] = await jobs(db.sql);
  await db.sql`select graphile_worker.complete_jobs(array[${job?.id ?? ""}::bigint])`;
  expect((await show(db.sql, id)).state).toBe("none");
  await db.sql`select predraft.park_draft(${id}, now() + interval '1 hour', 5, '{}')`;
  expect((await show(db.sql, id)).state).toBe("waiting");
});

test("parking a seller and the state of one row cost as much behind 20,000 jobs as behind few", async ({
  db,
}) => {
  const { sql } = db;
  await addSeller(sql, 9);
  await addInteractions(sql, 20);
  const [last] = await sql`select max(id) as id from public.interactions`;
  const park = "select predraft.park_seller(1, now() + interval '1 hour')";
  const look = `select draft_state from predraft.interactions where id = ${last?.["id"]}`;
  await longQueue(sql, 20_000);
  await sql`analyze`;
  const one = db.connect(); // plans are made once: neither first call counts
  for (const statement of [park, look]) await one.unsafe(statement);
  await addSeller(sql, 2);
  await one`insert into public.interactions ${one(Array.from({ length: 50 }, () => interaction({ seller_id: 2 })))}`;
  expect(await jobsRead(one, look)).toBeLessThan(300);
  // 1,400 and 130 pages were seen; with the whole queue read, 68,000 and 860.
  expect(await jobsRead(one, park.replace("(1", "(2"))).toBeLessThan(5_000);
  const [parked] = await one`
    select count(*)::int as n from graphile_worker.jobs where run_at > now() + interval '50 minutes'`;
  expect(parked?.["n"]).toBe(70);
});
