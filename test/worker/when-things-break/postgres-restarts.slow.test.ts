import { describe, expect } from "vitest";
import type { Command } from "../../helpers/cli.ts";
import { answering, test } from "../../helpers/cluster-rig.ts";
import { startProxy } from "../../helpers/proxy.ts";
import type { Rig } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { cutSessions, held, spawnWorker } from "../../helpers/worker-process.ts";

const timeoutMs = 120_000;

interface Readiness {
  readonly status: number;
  readonly ready: boolean;
  readonly failing: readonly string[];
}

/** A worker in a process of its own, which tells whether it is ready. */
async function startWatched(rig: Rig): Promise<{ worker: Command; readiness: () => Promise<Readiness> }> {
  const worker = spawnWorker(rig, {}, ["worker", "--health-port", "0"]);
  await worker.says("worker running");
  const url = /http:\S+/.exec(worker.out())?.[0] ?? "";
  return {
    worker,
    async readiness() {
      const response = await fetch(url);
      const body = (await response.json()) as { ready: boolean; checks: { check: string; ok: boolean }[] };
      const failing = body.checks.filter((check) => !check.ok).map((check) => check.check);
      return { status: response.status, ready: body.ready, failing };
    },
  };
}

const drafted = (rig: Rig, id: string) =>
  until(async () => (await rig.draft(id))?.source === "llm", {
    what: `interaction ${id} has its draft`,
    timeoutMs: 60_000,
  });

describe("Postgres restarts, connections drop", { timeout: timeoutMs }, () => {
  for (const how of ["fast", "immediate"] as const) {
    test(`after a restart (${how}) the process is the same, /readyz has told, and nothing is lost or paid twice`, async ({
      cluster,
      clusterRig: rig,
      annotate,
    }) => {
      const hold = rig.model.hold("до");
      const { worker, readiness } = await startWatched(rig);
      expect(await readiness()).toEqual({ status: 200, ready: true, failing: [] });
      const before = await rig.insert({ text: "до" });
      await hold.arrived();

      await cluster.halt(how);
      await until(async () => !(await readiness()).ready, { what: "/readyz says no" });
      expect(await readiness()).toMatchObject({ status: 503, failing: expect.arrayContaining(["database"]) });
      hold.release();
      await cluster.resume();
      const backAt = performance.now();
      await answering(rig);

      await drafted(rig, before);
      await drafted(rig, await rig.insert({ text: "после" }));
      await until(async () => (await readiness()).ready, { what: "/readyz says yes", timeoutMs: 30_000 });
      await annotate(`ready ${Math.round(performance.now() - backAt)} ms after the server was back`);
      await rig.idle();
      expect(await held(rig)).toEqual({ jobs: 0, claims: 0 });
      expect(rig.model.billed("до")).toHaveLength(1);
      expect(worker.child.exitCode).toBeNull();
      worker.child.kill("SIGTERM");
      expect(await worker.ended, worker.err()).toBe(0);
    });
  }

  test("where others have taken every connection the worker waits, and goes on when they leave", async ({
    clusterRig: rig,
  }) => {
    const { worker, readiness } = await startWatched(rig);
    await rig.drafted(await rig.insert());
    const greedy: Rig["sql"][] = [];
    /** One more connection; false where there is none to be had. */
    const take = async (): Promise<boolean> => {
      const connection = rig.db.connect({ connect_timeout: 5, max_lifetime: null });
      const refused = await connection`select`.then(
        () => undefined,
        (error: { code?: string }) => error.code,
      );
      if (refused === undefined) greedy.push(connection);
      else await connection.end({ timeout: 0 });
      return refused === undefined;
    };
    try {
      // Whatever the worker loses the greedy get first.
      for (let round = 0; round < 3; round += 1) {
        await cutSessions(rig, "predraft%");
        while (await take());
      }
      await until(async () => (await readiness()).failing.includes("database"), {
        what: "it has none left",
        timeoutMs: 30_000,
      });
      const waiting = await rig.insert({ text: "в очереди" });
      expect(worker.child.exitCode).toBeNull();

      await Promise.all(greedy.splice(0).map((connection) => connection.end({ timeout: 0 })));

      await drafted(rig, waiting);
      await until(async () => (await readiness()).ready, { what: "/readyz says yes", timeoutMs: 30_000 });
    } finally {
      await Promise.all(greedy.map((connection) => connection.end({ timeout: 0 })));
      worker.child.kill("SIGTERM");
    }
    expect(await worker.ended, worker.err()).toBe(0);
  });
});

test("Postgres is away for a while: everything comes back, jobs, LISTEN and liveness", {
  timeout: 60_000,
}, async ({ rig }) => {
  const proxy = await startProxy(rig.db.url);
  const worker = await rig.start({ url: proxy.url });
  try {
    const hold = rig.model.hold("до");
    const before = await rig.insert({ text: "до" });
    await hold.arrived();

    await proxy.shut();
    hold.release();
    const deaf = async () =>
      (await worker.health())
        .filter((check) => !check.ok)
        .map((check) => check.check)
        .join() === "database,listen,liveness";
    await until(deaf, { what: "the worker has tried in vain for ten seconds", timeoutMs: 30_000 });
    const meanwhile = await rig.insert({ text: "меж тем" });
    await proxy.open();

    for (const id of [before, meanwhile])
      await until(async () => (await rig.draft(id))?.source === "llm", {
        what: `interaction ${id} has its draft`,
        timeoutMs: 30_000,
      });
    await rig.set("ai_draft_daily_limit", "77");
    await until(() => worker.settings().ai_draft_daily_limit === 77, {
      what: "a setting acts",
      timeoutMs: 20_000,
    });
    const late = rig.model.hold("после");
    const changed = await rig.insert({ text: "после" });
    const [call] = await late.arrived();
    await rig.sql`update public.interactions set text = 'потом' where id = ${changed}`;
    await until(() => call?.end === "cut_off", { what: "a change has cut the call off" });
    const healthy = async () =>
      (await rig.sql`select ok from predraft.health where "check" = 'worker'`)[0]?.["ok"] &&
      (await rig.sql`select from predraft.workers`).length === 1;
    await until(healthy, { what: "one worker is alive" });
    expect(await rig.sql`select from predraft.draft_claims where interaction_id <> ${changed}`).toHaveLength(
      0,
    );
  } finally {
    await worker.stop();
    await proxy.shut();
  }
});
