import { describe, expect } from "vitest";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

const jobs = (rig: Rig) => rig.sql`
  select j.key, j.attempts, j.max_attempts, j.locked_at is not null as locked from graphile_worker.jobs j
  where j.task_identifier = 'generate_draft' order by j.id`;
const claims = (rig: Rig) => rig.sql`select from predraft.draft_claims`;
const untouched = expect.objectContaining({ attempts: 0, max_attempts: 5, locked: false });

describe.concurrent("worker stopped, inside the process", () => {
  test("cuts calls off after the grace: no lock, no claim, no attempt spent, and the next start finishes", async ({
    rig,
  }) => {
    const hold = rig.model.hold();
    const worker = await rig.start({ shutdownGraceMs: 50 });
    const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
    await hold.arrived(3);

    await worker.stop();

    expect(await jobs(rig)).toEqual([untouched, untouched, untouched]);
    expect(await claims(rig)).toHaveLength(0);
    await until(() => rig.model.calls().every((call) => call.end === "cut_off"), {
      what: "calls are cut off",
    });
    hold.release();
    await rig.start();
    for (const id of ids) await rig.drafted(id);
    expect(rig.model.calls()).toHaveLength(6);
  });

  test("keeps an answer that comes within the grace", async ({ rig }) => {
    const hold = rig.model.hold();
    const worker = await rig.start({ shutdownGraceMs: 10_000 });
    const id = await rig.insert();
    await hold.arrived();

    const stopped = worker.stop();
    hold.release();
    await stopped;

    expect(await rig.draft(id)).toMatchObject({ source: "llm", provisional: false });
    expect(await jobs(rig)).toHaveLength(0);
    expect(await claims(rig)).toHaveLength(0);
  });

  test("gives back what sleeps for its turn, at once", async ({ rig }) => {
    await rig.set("ai_draft_delay_seconds", "4");
    const worker = await rig.start({ shutdownGraceMs: 10_000 });
    const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
    await until(() => rig.model.calls().length === 1, { what: "one call has started" });
    await until(async () => (await jobs(rig)).filter((job) => job["locked"]).length === 2, {
      what: "two sleep in their slots",
    });

    await worker.stop();

    expect(await jobs(rig)).toEqual([untouched, untouched]);
    expect(await claims(rig)).toHaveLength(0);
    await rig.set("ai_draft_delay_seconds", "0");
    await rig.start();
    for (const id of ids) await rig.drafted(id);
    expect(rig.model.calls()).toHaveLength(3);
  });

  test("returns a click as a click", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.set("ai_draft_pregenerate_enabled", "false");
    const worker = await rig.start({ shutdownGraceMs: 50 });
    const id = await rig.insert();
    await rig.sql`select predraft.request_draft(${id}, true)`;
    await hold.arrived();
    await worker.stop();
    expect(await jobs(rig)).toEqual([
      expect.objectContaining({ key: expect.stringMatching(/:force$/), max_attempts: 5, locked: false }),
    ]);
    hold.release();
    await rig.start();
    expect(await rig.drafted(id)).toMatchObject({ pregenerated: false });
  });

  test("unregisters, so that nobody takes it for dead", async ({ rig }) => {
    const worker = await rig.start();
    expect(await rig.sql`select from predraft.workers`).toHaveLength(1);
    await worker.stop();
    expect(await rig.sql`select from predraft.workers`).toHaveLength(0);
  });

  test("does not wait for a sweep that reads for minutes", { timeout: 60_000 }, async ({ rig }) => {
    const sweeping = () =>
      rig.sql`select from graphile_worker.jobs where task_identifier = 'sweep_drafts' and locked_at is not null`;
    await rig.db.connect().begin(async (other) => {
      await other`lock table predraft.seller_settings in access exclusive mode`; // what it reads
      const worker = await rig.start({ shutdownGraceMs: 50 });
      await until(async () => (await sweeping()).length > 0, { what: "it is reading" });
      await worker.stop();
      expect(await sweeping(), "and leaves it to others").toHaveLength(0);
    });
  });
});
