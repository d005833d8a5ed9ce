import { describe, expect } from "vitest";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const open = {
  seller_id: 1,
  marketplace: "wildberries",
  channel: "question",
  text: "вопрос",
  priority: "normal",
};

/** Rows that no trigger has seen, as after a restore or a replication. */
async function insertUnseen(rig: Rig, rows: readonly Readonly<Record<string, unknown>>[]): Promise<string[]> {
  return await rig.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    const ids: string[] = [];
    for (const [n, fields] of rows.entries()) {
      const row = { ...open, external_id: `u-${n}`, occurred_at: new Date(), ...fields };
      const [inserted] = await tx`insert into public.interactions ${tx(row)} returning id`;
      ids.push(String(inserted?.["id"]));
    }
    return ids;
  });
}

const unserved = async (rig: Rig) =>
  (await rig.sql`select interaction_id from predraft.unserved(true)`).map((row) =>
    String(row["interaction_id"]),
  );
const sweep = async (rig: Rig) => {
  await rig.sql`select graphile_worker.add_job('sweep_drafts', job_key := 'sweep_drafts:test')`;
  await until(
    async () =>
      (await rig.sql`select from graphile_worker.jobs where task_identifier = 'sweep_drafts'`).length === 0,
    { what: "the sweep is done" },
  );
};
const jobsOf = (rig: Rig, id: string) => rig.sql`select from predraft.jobs() where interaction_id = ${id}`;

describe.concurrent("the sweep", () => {
  test("finds at start what no trigger saw, urgent first and then newest, and leaves alone what is not due", async ({
    rig,
  }) => {
    const days = (n: number) => new Date(Date.now() - n * 86_400_000);
    await rig.sql`insert into predraft.seller_settings (seller_id, chat_enabled) values (1, false)`;
    await rig.sql`insert into predraft.seller_settings (seller_id, enabled) values (2, false)`;
    const [older, newer, urgent, ...others] = await insertUnseen(rig, [
      { occurred_at: days(3) },
      { occurred_at: days(2) },
      { occurred_at: days(9), priority: "urgent" },
      { occurred_at: days(31) },
      { seller_id: 2 },
      { channel: "chat" },
      { status: "responded" },
      { needs_response: false },
      { extra_data: rig.sql.json([1]) },
    ]);
    expect(await unserved(rig)).toEqual([urgent, newer, older]);

    await rig.start();

    for (const id of [older, newer, urgent]) await rig.drafted(id as string);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(3);
    for (const id of others) expect(await rig.draft(id)).toBeNull();
  });

  test("finds them on a foreign host too", async ({ attachedRig }) => {
    const ids = await insertUnseen(attachedRig, [{}, {}]);
    await attachedRig.start();
    for (const id of ids) await attachedRig.drafted(id);
  });

  test("adds nothing to what has a job, waiting or running", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.set("ai_draft_concurrency", "2");
    const ids = await Promise.all([rig.insert(), rig.insert()]);
    expect(await unserved(rig)).toEqual([]);
    await rig.start();
    await until(() => rig.model.calls().length === 2 || rig.model.calls().length === 1, {
      what: "calls are under way",
    });
    expect(await unserved(rig)).toEqual([]);
    hold.release();
    for (const id of ids) await rig.drafted(id);
    await sweep(rig);
    for (const id of ids) expect(await jobsOf(rig, id)).toHaveLength(0);
    expect(rig.model.calls()).toHaveLength(2);
  });

  test("adds nothing to what is under way without a job of its own", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await hold.arrived();
    await rig.sql`select graphile_worker.force_unlock_workers(array_agg(pool_id)) from predraft.workers`;
    await rig.sql`select graphile_worker.complete_jobs(array_agg(job_id)) from predraft.jobs()`;
    expect(await unserved(rig)).toEqual([]);
    hold.release();
    await rig.drafted(id);
  });

  test("upgrades provisional drafts whose reason went away while nobody worked", async ({ rig }) => {
    await rig.set("llm_enabled", "false");
    const off = await rig.start();
    const id = await rig.insert();
    await rig.drafted(id, (draft) => draft.fallback_reason === "llm_off");
    await rig.idle();
    expect(await unserved(rig)).toEqual([]);
    await off.stop();
    await rig.set("llm_enabled", "true");
    expect(await unserved(rig)).toEqual([id]);
    await rig.start();
    await rig.drafted(id);
  });

  test("tries a row that failed again after an hour, and poison never", async ({ rig }) => {
    const ids = await Promise.all([rig.insert(), rig.insert()]);
    await rig.sql`select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs`;
    for (const [n, reason] of ["failed", "poison"].entries()) {
      await rig.sql`
        with kept as (
          select predraft.record_draft(jsonb_build_object('interaction_id', i.id, 'seller_id', i.seller_id, 'content_hash',
            i.content_hash, 'text', 'Спасибо!', 'source', 'fallback', 'fallback_reason', ${reason}::text, 'outcome', 'unprojected')) as id
          from predraft.interactions i where i.id = ${ids[n] as string})
        select predraft.project_draft(id, true) from kept`;
    }
    expect(await unserved(rig)).toEqual([]);
    await rig.sql`update predraft.drafts set created_at = now() - interval '61 minutes'`;
    expect(await unserved(rig)).toEqual([ids[0]]);
  });

  test("after pre-generation was turned on is done again until what was written before has committed", async ({
    rig,
  }) => {
    await rig.set("ai_draft_pregenerate_enabled", "off");
    const worker = await rig.start();
    await rig.idle();
    const host = await rig.db.connect().reserve();
    await host`begin`;
    const [row] = await host`
      insert into public.interactions ${host({ ...open, external_id: "late", occurred_at: new Date() })} returning id`;
    await rig.set("ai_draft_pregenerate_enabled", "on");
    const swept = async (rounds = 1) =>
      (
        await rig.sql`
          select from graphile_worker.jobs
          where key = 'sweep_drafts:again' and run_at > now() + make_interval(secs => ${2 ** (rounds - 1)})`
      ).length > 0;
    await until(() => swept(2), { what: "the second sweep has found it open, too" });
    await host`commit`;
    host.release();
    await rig.drafted(String(row?.["id"]));
    await until(async () => !(await swept()), { what: "no other sweep is asked for" });
    await worker.stop();
    expect(await swept()).toBe(false);
  });

  test("takes over settings whose trigger did not fire", async ({ rig }) => {
    const worker = await rig.start();
    await rig.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`insert into public.runtime_settings (key, value) values ('ai_draft_daily_limit', '7')`;
    });
    await sweep(rig);
    await until(() => worker.settings().ai_draft_daily_limit === 7, { what: "the setting acts" });
  });
});
