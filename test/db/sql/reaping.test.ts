import type postgres from "postgres";
import { describe, expect } from "vitest";
import { locks } from "../../../db/locks.ts";
import { addInteraction, addInteractions, type Client, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { until } from "../../helpers/until.ts";

/** Registers a worker that nobody has ever seen alive, with a pool that has locked these interactions' jobs and claimed them. */
async function addDead(sql: Client, pool: string, ids: readonly string[], attempts = 1): Promise<number> {
  const [row] = await sql<{ id: number }[]>`select predraft.register_worker('nowhere', 1, '0') as id`;
  const worker = (row as { id: number }).id;
  await sql`update predraft.workers set pool_id = ${pool}, beat_at = null where worker_id = ${worker}`;
  await sql`
    update graphile_worker._private_jobs set locked_by = ${pool}, locked_at = now() - interval '1 minute', attempts = ${attempts}
    where id in (select job_id from predraft.jobs() where interaction_id = any(${ids as string[]}::bigint[]))`;
  for (const id of ids)
    await sql`
      insert into predraft.draft_claims (interaction_id, content_hash, worker_id, seller_id, provider, paid, claimed_at)
      values (${id}, ${(await show(sql, id)).hash}, ${worker}, 1, 'p', true, now() - interval '1 minute')`;
  return worker;
}
const reap = async (sql: Client, worker: number) =>
  (await sql<{ jobs: number | null }[]>`select predraft.reap_worker(${worker}) as jobs`)[0]?.jobs;
const strays = async (sql: Client) =>
  (await sql<{ freed: number }[]>`select predraft.reap_strays('15 seconds') as freed`)[0]?.freed;
const jobs = async (sql: Client) =>
  (
    await sql`
      select interaction_id, attempts, max_attempts, locked_at is not null as locked, run_at > now() as later
      from predraft.jobs() order by interaction_id, job_id`
  ).map((job) => ({ ...job }));
const claims = (sql: Client) => sql`select from predraft.draft_claims`;
const reserved = (client: postgres.Sql) => client.reserve();

describe("reaping a dead worker", () => {
  test("two reapers at once free it once", async ({ db }) => {
    const ids = await addInteractions(db.sql, 2);
    const worker = await addDead(db.sql, "pool-dead", ids);
    const [one, two] = [await reserved(db.connect()), await reserved(db.connect())];
    await one`begin`;
    expect(await reap(one, worker)).toBe(2);
    expect(await reap(two, worker), "another is at it").toBeNull();
    await one`commit`;
    expect(await reap(two, worker), "it is gone").toBeNull();
    expect(await jobs(db.sql)).toEqual(
      ids.map((id) => ({ interaction_id: id, attempts: 0, max_attempts: 4, locked: false, later: false })),
    );
    expect(await claims(db.sql)).toHaveLength(0);
    one.release();
    two.release();
  });

  test("a reaper whose connection dies in the middle leaves all as it was, and another does it", async ({
    db,
  }) => {
    const ids = await addInteractions(db.sql, 2);
    const worker = await addDead(db.sql, "pool-dead", ids);
    const before = await jobs(db.sql);
    const dying = db.connect();
    const died = dying
      .begin(async (tx) => {
        expect(await reap(tx, worker)).toBe(2);
        await tx`select pg_terminate_backend(pg_backend_pid())`;
      })
      .then(
        () => "lives",
        () => "died",
      );
    expect(await died).toBe("died");
    expect(await jobs(db.sql)).toEqual(before);
    expect(await claims(db.sql)).toHaveLength(2);
    await until(async () => (await reap(db.sql, worker)) === 2, { what: "another frees it" });
    expect(await claims(db.sql)).toHaveLength(0);
  });

  test("one that holds its lock, or has beaten, is not reaped", async ({ db }) => {
    const ids = await addInteractions(db.sql, 1);
    const worker = await addDead(db.sql, "pool-alive", ids);
    const owner = await reserved(db.connect());
    await owner`select pg_advisory_lock(${locks.liveness}, ${worker})`;
    expect(await reap(db.sql, worker)).toBeNull();
    await owner`select pg_advisory_unlock(${locks.liveness}, ${worker})`;
    await owner`select predraft.keep_worker(${worker}, 'pool-alive', 'here', 1, '0', true)`;
    expect(await db.sql`select predraft.absent_workers() as ids`).toEqual([{ ids: [] }]);
    expect(await reap(db.sql, worker)).toBeNull();
    await owner`select predraft.keep_worker(${worker}, 'pool-alive', 'here', 1, '0', false)`;
    expect(await db.sql`select predraft.absent_workers() as ids`).toEqual([{ ids: [worker] }]);
    expect(await reap(db.sql, worker)).toBe(1);
    owner.release();
  });

  test("a job without attempts left is poison for the content its worker died at, not for what came after", async ({
    db,
  }) => {
    const id = await addInteraction(db.sql, { text: "старый" });
    const worker = await addDead(db.sql, "pool-dead", [id], 5);
    const { hash } = await show(db.sql, id);
    await db.sql`update public.interactions set text = 'новый' where id = ${id}`;
    await reap(db.sql, worker);
    expect(
      await db.sql`select content_hash, outcome, text from predraft.drafts where fallback_reason = 'poison'`,
    ).toEqual([{ content_hash: hash, outcome: "failed", text: null }]);
    const context = (await db.sql`select predraft.draft_context(${id}, 'p', 'pregenerate') as context`)[0]?.[
      "context"
    ];
    expect(context).toMatchObject({ poisoned: false });
    await db.sql`update public.interactions set text = 'старый' where id = ${id}`;
    expect(
      (await db.sql`select predraft.draft_context(${id}, 'p', 'pregenerate') as context`)[0]?.["context"],
    ).toMatchObject({
      poisoned: true,
    });
  });

  test("jobs that lost more than one worker come back one after the other; others at once", async ({
    db,
  }) => {
    const ids = await addInteractions(db.sql, 4);
    const worker = await addDead(db.sql, "pool-dead", ids, 2);
    const [fresh] = await addInteractions(db.sql, 1);
    await db.sql`
      update graphile_worker._private_jobs set locked_by = 'pool-dead', locked_at = now(), attempts = 1
      where id in (select job_id from predraft.jobs() where interaction_id = ${fresh ?? ""})`;
    expect(await reap(db.sql, worker)).toBe(5);
    const due = await db.sql`
      select interaction_id, round(extract(epoch from run_at - now()))::int as in_s from predraft.jobs()
      where run_at > now() order by run_at`;
    expect(due.map((row) => row["in_s"])).toEqual([5, 10, 15]);
    expect(due.map((row) => row["interaction_id"])).not.toContain(fresh);
  });
});

describe("what belongs to no worker", () => {
  test("is freed by one of two reapers that look at once, jobs and claims", async ({ db }) => {
    const ids = await addInteractions(db.sql, 2);
    await addDead(db.sql, "pool-stray", ids);
    await db.sql`delete from predraft.workers`;
    const [one, two] = [await reserved(db.connect()), await reserved(db.connect())];
    await one`begin`;
    expect(await strays(one)).toBe(4);
    expect(await strays(two), "another is at it").toBe(0);
    await one`commit`;
    expect(await strays(two)).toBe(0);
    expect(await jobs(db.sql).then((all) => all.filter((job) => job["locked"]))).toEqual([]);
    expect(await claims(db.sql)).toHaveLength(0);
    one.release();
    two.release();
  });

  test("is left alone within the grace, and once its worker has registered", async ({ db }) => {
    const ids = await addInteractions(db.sql, 1);
    const worker = await addDead(db.sql, "pool-late", ids);
    await db.sql`delete from predraft.workers`;
    await db.sql`update graphile_worker._private_jobs set locked_at = now()`;
    await db.sql`update predraft.draft_claims set claimed_at = now()`;
    expect(await strays(db.sql)).toBe(0);
    await db.sql`update graphile_worker._private_jobs set locked_at = now() - interval '1 minute'`;
    await db.sql`update predraft.draft_claims set claimed_at = now() - interval '1 minute'`;
    await db.sql`select predraft.keep_worker(${worker}, 'pool-late', 'here', 1, '0', false)`;
    expect(await strays(db.sql)).toBe(0);
    expect(await db.sql`select predraft.free_pool('pool-late') as jobs`, "nor by its name").toEqual([
      { jobs: 0 },
    ]);
    expect((await jobs(db.sql)).every((job) => job["locked"])).toBe(true);
    expect(await claims(db.sql)).toHaveLength(1);
  });
});
