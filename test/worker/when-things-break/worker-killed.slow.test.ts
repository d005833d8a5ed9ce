import { describe, expect } from "vitest";
import type { Command } from "../../helpers/cli.ts";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { held, spawnWorker } from "../../helpers/worker-process.ts";

const timeoutMs = 120_000;
const running = async (rig: Rig): Promise<Command> => {
  const worker = spawnWorker(rig);
  await worker.says("worker running");
  return worker;
};
const kill = async (worker: Command): Promise<number> => {
  const at = performance.now();
  worker.child.kill("SIGKILL");
  expect(await worker.ended).toBe("SIGKILL");
  return at;
};
const stop = async (worker: Command): Promise<void> => {
  worker.child.kill("SIGTERM");
  expect(await worker.ended, worker.err()).toBe(0);
};
/** The job of this row anew, with so many attempts. */
const readd = async (rig: Rig, id: string, attempts: number) => {
  await rig.sql`
    select graphile_worker.complete_jobs(array_agg(j.job_id)) from predraft.jobs() j where j.interaction_id = ${id}`;
  await rig.sql`
    select from graphile_worker.add_job('generate_draft', json_build_object('interactionId', ${id}::int),
      job_key := ${`draft:${id}:anew`}, max_attempts := ${attempts}, priority := 20)`;
};
const poison = (draft: { provisional: boolean; fallback_reason: string | null }) =>
  draft.provisional && draft.fallback_reason === "poison";

describe("worker killed (-9), machine lost", { timeout: timeoutMs }, () => {
  for (const [who, startsBefore] of [
    ["another process", true],
    ["the restarted one", false],
  ] as const) {
    test(`${who} works on its jobs within seconds, with the attempts that were left, and its claims are dropped`, async ({
      rig,
      annotate,
    }) => {
      const hold = rig.model.hold();
      const ids = await Promise.all([rig.insert(), rig.insert()]);
      const doomed = await running(rig);
      await hold.arrived(2);
      const standby = startsBefore ? await running(rig) : undefined;
      const killedAt = await kill(doomed);
      expect(await held(rig)).toEqual({ jobs: 2, claims: 2 });

      const heir = standby ?? (await running(rig));

      const calls = await until(() => (rig.model.calls().length >= 4 ? rig.model.calls() : null), {
        what: "both are asked for again",
        timeoutMs: 30_000,
      });
      await annotate(
        `asked again ${calls.slice(2).map((call) => Math.round(call.at - killedAt))} ms after the kill`,
      );
      const attempts = await rig.sql`select max_attempts from predraft.jobs()`;
      expect(attempts.map((row) => row["max_attempts"])).toEqual([4, 4]);
      hold.release();
      for (const id of ids) await rig.drafted(id);
      await rig.idle();
      expect(await held(rig)).toEqual({ jobs: 0, claims: 0 });
      expect(rig.model.billed()).toHaveLength(2);
      expect(await rig.sql`select from predraft.workers`).toHaveLength(1);
      await stop(heir);
    });
  }

  test("a row that kills its worker each time ends as poison, and takes nobody with it", async ({ rig }) => {
    let worker = spawnWorker(rig);
    const hold = rig.model.hold("сосед");
    rig.model.script(async ({ messages }) => {
      if (!messages.join().includes("яд")) return undefined;
      await hold.arrived(3); // at the first death they are at work beside it
      worker.child.kill("SIGKILL");
      return undefined;
    });
    const neighbours = await Promise.all([1, 2, 3].map((n) => rig.insert({ text: `сосед ${n}` })));
    const id = await rig.insert({ text: "яд" });
    for (const one of [...neighbours, id]) await readd(rig, one, 3);
    for (let deaths = 0; deaths < 3; deaths += 1) {
      expect(await worker.ended).toBe("SIGKILL");
      hold.release();
      worker = spawnWorker(rig);
    }

    const settled = async () =>
      poison((await rig.draft(id)) ?? { provisional: false, fallback_reason: null });
    await until(settled, { what: "the row is poison", timeoutMs: 60_000 });
    for (const one of neighbours)
      await until(async () => (await rig.draft(one))?.source === "llm", {
        what: "its neighbour has its draft",
        timeoutMs: 60_000,
      });
    await until(async () => (await rig.sql`select from predraft.jobs()`).length === 0, {
      what: "no job is left",
      timeoutMs: 60_000,
    });
    expect(rig.model.calls("яд")).toHaveLength(3);
    const health = async () =>
      (await rig.sql`select ok, detail from predraft.health where "check" = 'poison'`)[0] as { ok: boolean };
    expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining("1 interaction") });

    await rig.sql`select predraft.request_draft(${id})`;
    await rig.idle();
    expect(rig.model.calls("яд"), "not even a click starts it again").toHaveLength(3);
    await rig.sql`update public.interactions set text = 'мёд' where id = ${id}`;
    await rig.drafted(id);
    expect((await health()).ok, "a content change does").toBe(true);
    await stop(worker);
  });

  test("poison comes back by force", async ({ rig }) => {
    const hold = rig.model.hold();
    const id = await rig.insert();
    await readd(rig, id, 1);
    const doomed = await running(rig);
    await hold.arrived();
    await kill(doomed);
    await rig.start();
    await rig.drafted(id, poison);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);

    hold.release();
    await rig.sql`select predraft.request_draft(${id}, true)`;

    await rig.drafted(id);
  });

  test("content that changed meanwhile is not the one that killed its worker", async ({ rig }) => {
    const hold = rig.model.hold("старый");
    const id = await rig.insert({ text: "старый" });
    await readd(rig, id, 1);
    const doomed = await running(rig);
    await hold.arrived();
    await kill(doomed);
    await rig.sql`update public.interactions set text = 'новый' where id = ${id}`;

    await rig.start();

    expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
    const marks = await rig.sql`select from predraft.drafts where fallback_reason = 'poison'`;
    await until(async () => (await held(rig)).claims === 0, { what: "its claim is dropped" });
    expect(marks.length, "of the old content at the most").toBeLessThanOrEqual(1);
    await rig.sql`update public.interactions set text = 'старый' where id = ${id}`;
    await rig.drafted(id, poison);
  });
});
