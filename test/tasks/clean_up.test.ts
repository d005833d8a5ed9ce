import { expect } from "vitest";
import { test } from "../helpers/rig.ts";
import { recordDraft, saveDraft } from "../helpers/rows.ts";
import { until } from "../helpers/until.ts";

const clean = "select graphile_worker.add_job('clean_up', job_key := 'test')";

test("history beyond the retention goes in batches, but never the draft that is shown", async ({ rig }) => {
  const { sql } = rig;
  await rig.set("llm_enabled", "false");
  const id = await rig.insert();
  const [shown, old, young] = [
    (await saveDraft(sql, id)).draftId,
    await recordDraft(sql, id, { outcome: "superseded" }),
    await recordDraft(sql, id, { outcome: "superseded" }),
  ];
  await sql`
    insert into predraft.drafts (interaction_id, seller_id, content_hash, source, outcome, error_code, created_at)
    select ${id}::bigint, 1, 'h', 'llm', 'failed', 'model_timeout', now() - interval '181 days' from generate_series(1, 2500)`;
  await sql`update predraft.drafts set created_at = now() - interval '181 days' where id in (${shown}, ${old})`;
  await sql`update predraft.drafts set created_at = now() - interval '179 days' where id = ${young}`;

  await rig.start();
  await sql.unsafe(clean);

  const left = async () =>
    (await sql`select id from predraft.drafts where source = 'llm' order by id`).map((row) =>
      String(row["id"]),
    );
  await until(async () => (await left()).length <= 2, { what: "old history is gone" });
  expect(await left()).toEqual([shown, young]);

  await rig.set("ai_draft_retention_days", "10");
  await sql.unsafe(clean);
  await until(async () => (await left()).length === 1, {
    what: "a shorter retention acts at the next round",
  });
  expect(await left()).toEqual([shown]);
});

test("counters of past windows and jobs that failed for good go, those of use stay", async ({ rig }) => {
  const { sql } = rig;
  await sql`
    insert into predraft.seller_usage (seller_id, win, win_start, calls) values
      (1, 'cycle', now() - interval '25 hours', 1), (1, 'cycle', predraft.cycle_of(now()), 2),
      (1, 'day', now() - interval '181 days', 3), (1, 'day', now() - interval '2 days', 4)`;
  const dead = async (key: string, age: string, task: string) => {
    const [row] =
      await sql`select id from graphile_worker.add_job(${task}, '{"interactionId": 1}'::json, job_key := ${key}, max_attempts := 1)`;
    await sql`
      update graphile_worker._private_jobs set attempts = 1, run_at = '2099-01-01', updated_at = now() - ${age}::interval
      where id = ${row?.["id"]}`;
  };
  await dead("draft:900:1", "31 days", "generate_draft");
  await dead("draft:900:2", "29 days", "generate_draft");
  await dead("theirs", "300 days", "somebody_elses");

  await rig.start();
  await sql.unsafe(clean);

  const usage = async () =>
    (await sql`select calls from predraft.seller_usage order by calls`).map((row) => row["calls"]);
  await until(async () => (await usage()).length === 2, { what: "old counters are gone" });
  expect(await usage()).toEqual([2, 4]);
  const keys = async () =>
    (await sql`select key from graphile_worker.jobs where attempts >= max_attempts order by key`).map(
      (row) => row["key"],
    );
  await until(async () => (await keys()).length === 2, { what: "the old dead job is gone" });
  expect(await keys()).toEqual(["draft:900:2", "theirs"]);
});
