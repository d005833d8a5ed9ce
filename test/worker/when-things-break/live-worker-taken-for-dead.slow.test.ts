import { describe, expect } from "vitest";
import { locks } from "../../../db/locks.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { cutSessions, held } from "../../helpers/worker-process.ts";

const timeoutMs = 60_000;
const workers = (rig: Rig) =>
  rig.sql<{ worker_id: number; pool_id: string; beat_at: Date | null }[]>`
    select worker_id, pool_id, beat_at from predraft.workers order by worker_id`;
const logged = (rig: Rig, text: string) => rig.log.some((line) => String(line["msg"]).includes(text));

describe.concurrent("a live worker taken for dead", { timeout: timeoutMs }, () => {
  test("because nobody could reach the database from it: its jobs run elsewhere, and what it was at is not paid twice", async ({
    rig,
  }) => {
    const proxy = await startProxy(rig.db.url);
    const hold = rig.model.hold();
    const lonely = await rig.start({ url: proxy.url, timeoutMs: 60_000 });
    try {
      const ids = await Promise.all([rig.insert(), rig.insert()]);
      const calls = [...(await hold.arrived(2))];
      const [row] = await workers(rig);

      await proxy.shut();
      await rig.start({ timeoutMs: 60_000 });
      await hold.arrived(4);
      expect(
        await rig.sql`select from predraft.workers where worker_id = ${row?.worker_id ?? 0}`,
      ).toHaveLength(0);
      await proxy.open();

      await until(() => calls.every((call) => call.end === "cut_off"), {
        what: "it drops what others make now",
        timeoutMs: 30_000,
      });
      hold.release();
      for (const id of ids) await rig.drafted(id);
      await rig.idle();
      expect(rig.model.billed()).toHaveLength(2);
      await until(async () => (await held(rig)).claims === 0, { what: "no claim is left" });
      await until(async () => (await workers(rig)).some((one) => one.worker_id === row?.worker_id), {
        what: "it is registered again, under its id",
      });
      await rig.drafted(await rig.insert());
    } finally {
      await lonely.stop();
      await proxy.shut();
    }
  });

  test("on a whim, with all its connections: jobs are re-added under new ids, claims and compare-and-set decide", async ({
    rig,
  }) => {
    const hold = rig.model.hold();
    await rig.start();
    const ids = await Promise.all([rig.insert(), rig.insert()]);
    await hold.arrived(2);
    await rig.sql.begin(async (tx) => {
      const [row] = await tx`delete from predraft.workers returning worker_id, pool_id`;
      const [freed] = await tx`select predraft.free_pool(${row?.["pool_id"]}) as jobs`;
      expect(freed).toEqual({ jobs: 2 });
      await tx`delete from predraft.draft_claims where worker_id = ${row?.["worker_id"]}`;
    });
    await hold.arrived(4);
    hold.release();

    for (const id of ids) await rig.drafted(id);
    await rig.idle();
    expect(await held(rig)).toEqual({ jobs: 0, claims: 0 });
    await rig.drafted(await rig.insert());
    await until(async () => (await workers(rig)).length === 1, { what: "it is registered again" });
  });

  test("revives while it is being reaped: it waits for the reaper's end, and is back under its id", async ({
    rig,
  }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    const [call] = await hold.arrived();
    const [row] = await workers(rig);
    const worker = row?.worker_id ?? 0;
    await rig.db.connect().begin(async (reaper) => {
      // Its row is locked before it can send a heartbeat, as if a reaper came first.
      await reaper`select from predraft.workers where worker_id = ${worker} for update`;
      await cutSessions(rig, "predraft liveness");
      const taken = async () =>
        (await reaper`select predraft.reap_worker(${worker}) as jobs`)[0]?.["jobs"] as number | null;
      expect(
        await until(async () => ((await taken()) === 1 ? "reaped" : null), { what: "it is reaped" }),
      ).toBe("reaped");
      const waiting = async () =>
        (
          await rig.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        ).length > 0;
      await until(waiting, { what: "it waits for the reaper" });
    });
    await until(() => call?.end === "cut_off", { what: "it learns of it" });
    expect(logged(rig, "taken for dead while it lived")).toBe(true);
    hold.release();
    expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
    await rig.idle();
    expect(rig.model.billed()).toHaveLength(1);
    expect((await workers(rig)).map((one) => [one.worker_id, one.pool_id])).toEqual([[worker, row?.pool_id]]);
    await until(async () => (await workers(rig))[0]?.beat_at === null, { what: "it holds its lock again" });
  });

  test("no: it takes its lock again when the connection is cut, and nobody is harmed", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await hold.arrived();
    const holders = () => rig.sql`
      select pid from pg_locks where locktype = 'advisory' and classid = ${locks.liveness} and granted
        and database = (select oid from pg_database where datname = current_database())`;
    const [before] = await holders();

    await cutSessions(rig, "predraft liveness");

    const again = async () => {
      const found = await holders();
      return found.length === 1 && found[0]?.["pid"] !== before?.["pid"];
    };
    await until(again, { what: "another connection holds the lock" });
    hold.release();
    await rig.drafted(id);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);
    expect(await workers(rig)).toHaveLength(1);
  });

  test("no: where only the way of its lock is shut it sends heartbeats, and keeps its jobs and claims", async ({
    rig,
  }) => {
    const proxy = await startProxy(rig.db.url);
    const hold = rig.model.hold();
    const worker = await rig.start({ directUrl: proxy.url });
    try {
      const id = await rig.insert();
      await hold.arrived();
      await rig.start();
      await proxy.shut();
      const lostAt = (await rig.sql`select clock_timestamp() as at`)[0]?.["at"] as Date;
      const beating = async () =>
        (await workers(rig)).some((one) => (one.beat_at?.getTime() ?? 0) > lostAt.getTime() + 4_000);
      await until(beating, { what: "it has beaten for longer than a grace", timeoutMs: 30_000 });
      expect(rig.model.calls()).toHaveLength(1);
      expect(await held(rig)).toMatchObject({ claims: 1 });
      hold.release();
      await rig.drafted(id);
      await proxy.open();
      await until(async () => (await workers(rig)).every((one) => one.beat_at === null), {
        what: "it holds its lock again",
        timeoutMs: 30_000,
      });
      expect(rig.model.calls()).toHaveLength(1);
    } finally {
      await worker.stop();
      await proxy.shut();
    }
  });

  test("no: a pool that was not registered in time, or lost its registration, is registered by and by", async ({
    rig,
  }) => {
    await rig.start();
    const known = async () => ((await workers(rig))[0]?.pool_id === null ? null : (await workers(rig))[0]);
    const row = await until(known, { what: "its pool is known" });
    await rig.sql`update predraft.workers set pool_id = null`;
    await until(async () => (await workers(rig))[0]?.pool_id === row.pool_id, {
      what: "its pool is known again",
    });
    await rig.sql`delete from predraft.workers`;
    await until(async () => (await workers(rig))[0]?.pool_id === row.pool_id, {
      what: "it is registered again",
    });
    expect(await workers(rig)).toEqual([expect.objectContaining({ worker_id: row.worker_id })]);
  });
});
