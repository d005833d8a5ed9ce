import { describe, expect } from "vitest";
import { locks } from "../../../db/locks.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { held, spawnWorker } from "../../helpers/worker-process.ts";

const timeoutMs = 120_000;
const graceMs = (milliseconds: number) => ({ SHUTDOWN_GRACE_MS: String(milliseconds) });
const attempts = async (rig: Rig) =>
  (await rig.sql`select attempts, max_attempts from predraft.jobs() order by job_id`).map((job) => [
    job["attempts"],
    job["max_attempts"],
  ]);

describe("worker stopped (SIGTERM)", { timeout: timeoutMs }, () => {
  for (const command of ["worker", "start"]) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test(`${command}, ${signal}: calls that outlast the grace are cut off and given back, no attempt is spent, exit 0`, async ({
        rig,
      }) => {
        const hold = rig.model.hold();
        const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
        const worker = spawnWorker(rig, graceMs(100), [command]);
        await worker.says(command === "start" ? "Ctrl-C stops" : "worker running");
        await hold.arrived(3);

        worker.child.kill(signal);

        expect(await worker.ended, worker.err()).toBe(0);
        expect(await held(rig)).toEqual({ jobs: 0, claims: 0 });
        expect(await attempts(rig)).toEqual([
          [0, 5],
          [0, 5],
          [0, 5],
        ]);
        expect(await rig.sql`select from predraft.workers`).toHaveLength(0);
        hold.release();
        await rig.start();
        for (const id of ids) await rig.drafted(id);
      });
    }
  }

  test("a call that ends within the grace is saved, and nothing new is begun", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "1");
    const hold = rig.model.hold();
    const id = await rig.insert({ text: "первый", occurred_at: "2126-01-01" });
    const worker = spawnWorker(rig, graceMs(60_000));
    await worker.says("worker running");
    await hold.arrived();
    await rig.insert({ text: "второй" });

    worker.child.kill("SIGTERM");
    await worker.says("SIGTERM: stopping");
    hold.release();

    expect(await worker.ended, worker.err()).toBe(0);
    expect(await rig.draft(id)).toMatchObject({ source: "llm" });
    expect(rig.model.calls("второй")).toHaveLength(0);
    expect(await held(rig)).toEqual({ jobs: 0, claims: 0 });
    expect(await attempts(rig)).toEqual([[0, 5]]);
  });

  test("a second signal ends at once, and another worker frees what it held", async ({ rig }) => {
    const hold = rig.model.hold();
    const id = await rig.insert();
    const worker = spawnWorker(rig, graceMs(60_000));
    await worker.says("worker running");
    await hold.arrived();

    worker.child.kill("SIGTERM");
    await worker.says("SIGTERM: stopping");
    await worker.insist("SIGINT");

    expect(await worker.ended, worker.err()).toBe(130);
    expect(await held(rig)).toEqual({ jobs: 1, claims: 1 });
    await rig.start();
    await hold.arrived(2);
    hold.release();
    await rig.drafted(id);
    await rig.idle();
    expect(await held(rig)).toEqual({ jobs: 0, claims: 0 });
  });

  for (const [what, cut] of [
    ["refuses connections", "shut"],
    ["answers no more", "swallow"],
  ] as const) {
    test(`while the database ${what}: it ends all the same, exit 0, and another worker frees what it held`, async ({
      rig,
      annotate,
    }) => {
      const proxy = await startProxy(rig.db.url);
      try {
        const hold = rig.model.hold();
        const id = await rig.insert();
        const worker = spawnWorker(rig, { ...graceMs(500), DATABASE_URL: proxy.url });
        await worker.says("worker running");
        await hold.arrived();

        await proxy[cut]();
        const at = performance.now();
        worker.child.kill("SIGTERM");

        expect(await worker.ended, worker.err()).toBe(0);
        await annotate(
          `ended ${Math.round(performance.now() - at)} ms after the signal, with a grace of 500`,
        );
        await proxy.shut();
        hold.release();
        await rig.start();
        await rig.drafted(id);
        await rig.idle();
      } finally {
        await proxy.shut();
      }
    });
  }

  test("before migrate is done: it does not wait for it, exit 0, and the next start works", async ({
    rig,
  }) => {
    await rig.db.connect().begin(async (other) => {
      await other`select pg_advisory_xact_lock(${locks.migrate})`; // another migrate is at it
      const early = spawnWorker(rig, {}, ["start"]);
      const waits = async () =>
        (
          await rig.sql`
          select from pg_stat_activity where datname = current_database() and application_name = 'predraft migrate'`
        ).length > 0;
      await until(waits, { what: "it waits to migrate", timeoutMs: 30_000 });
      early.child.kill("SIGTERM");
      expect(await early.ended, early.err()).toBe(0);
      expect(early.out()).toContain("stopped before it had begun");
    });
    const next = spawnWorker(rig, {}, ["start"]);
    await next.says("Ctrl-C stops");
    await rig.drafted(await rig.insert());
    next.child.kill("SIGTERM");
    expect(await next.ended, next.err()).toBe(0);
  });

  test("before it has reached its database: exit 0", async ({ rig }) => {
    const proxy = await startProxy(rig.db.url);
    const silent = new Promise<void>((resolve) => proxy.onConnect(resolve));
    try {
      const worker = spawnWorker(rig, { DATABASE_URL: proxy.url });
      await silent;
      proxy.swallow();
      worker.child.kill("SIGTERM");
      expect(await worker.ended, worker.err()).toBe(0);
    } finally {
      await proxy.shut();
    }
  });
});
