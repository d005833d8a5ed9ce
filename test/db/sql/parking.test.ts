import { describe, expect } from "vitest";
import { jobs } from "../../helpers/jobs.ts";
import { addInteractions, addSeller, type Client } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { until } from "../../helpers/until.ts";

const later = async (sql: Client): Promise<Date> => {
  const [row] = await sql`select date_trunc('second', now()) + interval '1 hour' as at`;
  return row?.["at"];
};
const park = async (sql: Client, seller: number, at: Date): Promise<number> =>
  (await sql`select predraft.park_seller(${seller}, ${at}) as moved`)[0]?.["moved"];

/** Which interactions' jobs would run in which order once all are due. */
const order = async (sql: Client): Promise<string[]> =>
  (await sql`select interaction_id from predraft.jobs() order by job_priority, run_at, job_id`).map((row) =>
    String(row["interaction_id"]),
  );

describe("a seller at a limit", () => {
  test("has its waiting jobs moved by one statement, newest first among themselves as before", async ({
    db,
  }) => {
    const { sql } = db;
    await addSeller(sql, 2);
    const ids = await addInteractions(sql, 30, (n) => ({
      occurred_at: new Date(Date.now() - ((n * 7) % 30) * 3_600_000),
      priority: n % 3 === 0 ? "high" : "normal",
    }));
    await addInteractions(sql, 3, () => ({ seller_id: 2 }));
    const before = await order(sql);
    const at = await later(sql);

    expect(await park(sql, 1, at)).toBe(30);

    const after = await jobs(sql);
    const moved = after.filter((job) => ids.includes(job.interaction));
    expect(moved.every((job) => job.runAt >= at && job.runAt.getTime() < at.getTime() + 1_000)).toBe(true);
    expect((await order(sql)).filter((id) => ids.includes(id))).toEqual(
      before.filter((id) => ids.includes(id)),
    );
    expect(after.filter((job) => !ids.includes(job.interaction)).every((job) => job.runAt < at)).toBe(true);
  });

  test("keeps keys, payloads, priorities and the attempts that were left", async ({ db }) => {
    const { sql } = db;
    await addInteractions(sql, 2);
    const before = await jobs(sql);
    await sql`update graphile_worker._private_jobs set attempts = 2 where id = ${before[0]?.id as string}`;
    await park(sql, 1, await later(sql));
    const after = await jobs(sql);
    const kept = ({ key, payload, priority }: (typeof after)[number]) => ({ key, payload, priority });
    expect(after.map(kept)).toEqual(before.map(kept));
    expect(after.map((job) => job.maxAttempts)).toEqual([3, 5]);
  });

  test("does not have urgent work, and what somebody asked for, moved", async ({ db }) => {
    const { sql } = db;
    const [urgent, asked] = await addInteractions(sql, 2, (n) => ({
      priority: n === 0 ? "urgent" : "normal",
    }));
    await sql`select predraft.request_draft(${asked as string})`;
    const at = await later(sql);
    expect(await park(sql, 1, at)).toBe(1);
    const due = (await jobs(sql)).filter((job) => job.runAt < at);
    expect(due.map((job) => [job.interaction, job.priority])).toEqual([
      [urgent, 0],
      [asked, -10],
    ]);
  });

  test("is moved once: what waits for that time already is left alone", async ({ db }) => {
    const { sql } = db;
    await addInteractions(sql, 5);
    const at = await later(sql);
    expect(await park(sql, 1, at)).toBe(5);
    const ids = (await jobs(sql)).map((job) => job.id);
    expect(await park(sql, 1, at)).toBe(0);
    expect((await jobs(sql)).map((job) => job.id)).toEqual(ids);
  });

  test("loses no job that a worker takes at that moment", async ({ db }) => {
    const { sql } = db;
    await addInteractions(sql, 2);
    const [taken] = await jobs(sql);
    const worker = db.connect();
    const at = await later(sql);
    await worker`begin`;
    await worker`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = ${taken?.id as string}`;
    const moving = park(sql, 1, at);
    await until(
      async () =>
        (
          await db.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        ).length > 0,
      { what: "the move waits for the worker's row" },
    );
    await worker`commit`;
    expect(await moving).toBe(1);
    const after = await jobs(sql);
    expect(after).toHaveLength(2);
    expect(after.find((job) => job.id === taken?.id)?.runAt.getTime()).toBeLessThan(at.getTime());
  });

  test("locks no row of the host's", async ({ db }) => {
    const { sql } = db;
    const ids = await addInteractions(sql, 2);
    const host = db.connect();
    await host`begin`;
    await host`update public.interactions set subject = 'x' where id = any(${ids})`;
    expect(await park(sql, 1, await later(sql))).toBe(2);
    await host`rollback`;
  });

  test("of two processes that move it at once one does, and nobody waits", async ({ db }) => {
    const { sql } = db;
    await addInteractions(sql, 2);
    const at = await later(sql);
    const one = db.connect();
    await one`begin`;
    expect(await park(one, 1, at)).toBe(2);
    expect(await park(sql, 1, at)).toBe(0);
    await one`commit`;
    expect(await jobs(sql)).toHaveLength(2);
  });
});

describe("a limit that is raised", () => {
  test("wakes what is parked, in its old order, and leaves a retry to its own time", async ({ db }) => {
    const { sql } = db;
    await addInteractions(sql, 6, (n) => ({ occurred_at: new Date(Date.now() - ((n * 5) % 6) * 3_600_000) }));
    const before = await order(sql);
    await park(sql, 1, await later(sql));
    const failed = (await jobs(sql))[0];
    await sql`update graphile_worker._private_jobs set attempts = 1 where id = ${failed?.id as string}`;

    expect((await sql`select predraft.wake_parked(1000, true) as woken`)[0]?.["woken"]).toBe(5);

    const now = Date.now();
    const due = (await jobs(sql)).filter((job) => job.runAt.getTime() <= now).map((job) => job.interaction);
    expect(new Set(due)).toEqual(new Set(before.filter((id) => id !== failed?.interaction)));
    expect((await order(sql)).filter((id) => id !== failed?.interaction)).toEqual(
      before.filter((id) => id !== failed?.interaction),
    );
  });

  test("wakes also what was parked while another process was at it", async ({ db }) => {
    const { sql } = db;
    await addInteractions(sql, 1);
    await park(sql, 1, await later(sql));
    const wake = async (of: Client) =>
      (await of`select predraft.wake_parked(1000, true) as woken`)[0]?.["woken"];
    const first = await db.connect().reserve();
    await first`begin`;
    expect(await wake(first)).toBe(1);
    await addSeller(sql, 2);
    await addInteractions(sql, 1, () => ({ seller_id: 2 }));
    await park(sql, 2, await later(sql));
    const second = wake(db.connect());
    await until(
      async () =>
        (
          await sql`select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`
        ).length === 1,
      { what: "the second waits for the first" },
    );
    await first`commit`;
    first.release();
    expect(await second).toBe(1);
    const now = Date.now();
    expect((await jobs(sql)).filter((job) => job.runAt.getTime() > now)).toEqual([]);
  });

  test("wakes them in batches, the most urgent first", async ({ db }) => {
    const { sql } = db;
    const ids = await addInteractions(sql, 4, (n) => ({ priority: n === 2 ? "high" : "low" }));
    await park(sql, 1, await later(sql));
    const wake = async () => (await sql`select predraft.wake_parked(1, true) as woken`)[0]?.["woken"];
    expect(await wake()).toBe(1);
    const due = (await jobs(sql)).filter((job) => job.runAt.getTime() <= Date.now());
    expect(due.map((job) => job.interaction)).toEqual([ids[2]]);
    expect([await wake(), await wake(), await wake(), await wake()]).toEqual([1, 1, 1, 0]);
  });
});

describe("new rows of a seller at a limit", () => {
  test("begin where its others wait, urgent ones aside, and those of others are not touched", async ({
    db,
  }) => {
    const { sql } = db;
    await addSeller(sql, 2);
    const at = await later(sql);
    await park(sql, 1, at);
    const [first, second, urgent, theirs] = await addInteractions(sql, 4, (n) => ({
      seller_id: n === 3 ? 2 : 1,
      priority: n === 2 ? "urgent" : "normal",
      occurred_at: new Date(Date.now() - n * 60_000),
    }));
    const due = (await jobs(sql)).filter((job) => job.runAt < at).map((job) => job.interaction);
    expect(new Set(due)).toEqual(new Set([urgent, theirs]));
    expect((await order(sql)).filter((id) => id === first || id === second)).toEqual([first, second]);
  });

  test("are due at once again when the limit has ended or is raised", async ({ db }) => {
    const { sql } = db;
    await addSeller(sql);
    await park(sql, 1, await later(sql));
    await sql`select predraft.wake_parked(1000, true)`;
    await addInteractions(sql, 1);
    await park(sql, 1, await later(sql));
    await sql`update predraft.seller_parks set until = now() - interval '1 second'`;
    await addInteractions(sql, 1);
    const due = (await jobs(sql)).map((job) => job.runAt.getTime() < Date.now());
    expect(due).toEqual([false, true]);
  });

  test("that a long transaction added before the limit was raised are found by the sweep", async ({ db }) => {
    const { sql } = db;
    await addSeller(sql);
    await park(sql, 1, await later(sql));
    const host = db.connect();
    await host`begin`;
    await addInteractions(host, 1);
    await sql`select predraft.wake_parked(1000, true)`;
    await host`commit`;
    const due = async () => (await jobs(sql)).every((job) => job.runAt.getTime() < Date.now());
    expect(await due()).toBe(false);
    await sql`select predraft.wake_parked(1000, false)`;
    expect(await due()).toBe(true);
  });

  test("are left where they are by the sweep while the limit lasts, and woken where it doesn't", async ({
    db,
  }) => {
    const { sql } = db;
    await addSeller(sql);
    await sql`
      insert into predraft.seller_usage (seller_id, win, win_start, calls)
      values (1, 'day', (select day_start from predraft.day_of(1, now())), 200)`;
    await park(sql, 1, await later(sql));
    await addInteractions(sql, 1);
    const sweep = async () => (await sql`select predraft.wake_parked(1000, false) as woken`)[0]?.["woken"];
    expect(await sweep()).toBe(0);
    await sql`update predraft.seller_usage set calls = 199`;
    expect(await sweep()).toBe(1);
  });
});
