import { describe, expect } from "vitest";
import { startProxy } from "../../helpers/proxy.ts";
import { test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { cutSessions } from "../../helpers/worker-process.ts";

const timeoutMs = 60_000;

describe.concurrent("LISTEN lost, or a pooler swallows it", { timeout: timeoutMs }, () => {
  test("what changed while it was lost is found when it is back: a call is cut off, a setting acts", async ({
    rig,
  }) => {
    const hold = rig.model.hold("старый");
    const worker = await rig.start({ timeoutMs });
    const id = await rig.insert({ text: "старый" });
    const [call] = await hold.arrived();

    // Neither is told to anybody: nobody listens in between.
    await rig.sql.begin(async (tx) => {
      await tx`update public.interactions set text = 'новый' where id = ${id}`;
      await tx`insert into public.runtime_settings (key, value) values ('ai_draft_daily_limit', '77')`;
      await cutSessions({ ...rig, sql: tx as unknown as typeof rig.sql }, "predraft listener");
    });

    await until(() => call?.end === "cut_off", { what: "the call is cut off" });
    await until(() => worker.settings().ai_draft_daily_limit === 77, { what: "the setting acts" });
    await rig.drafted(id);
  });

  test("a connection that carries nothing any more is noticed, and LISTEN goes over a new one", async ({
    rig,
    annotate,
  }) => {
    const proxy = await startProxy(rig.db.url);
    const hold = rig.model.hold("старый");
    const worker = await rig.start({ directUrl: proxy.url, timeoutMs });
    try {
      const id = await rig.insert({ text: "старый" });
      const [call] = await hold.arrived();

      proxy.swallow();
      await rig.sql`update public.interactions set text = 'новый' where id = ${id}`;
      const changedAt = performance.now();

      await until(() => call?.end === "cut_off", { what: "the call is cut off", timeoutMs: 30_000 });
      await annotate(
        `cut off ${Math.round((call?.endedAt ?? 0) - changedAt)} ms after a change of which no notification came`,
      );
      expect(rig.log.some((line) => String(line["msg"]).startsWith("LISTEN receives nothing"))).toBe(true);
      await rig.set("ai_draft_daily_limit", "77");
      await until(() => worker.settings().ai_draft_daily_limit === 77, {
        what: "the new connection receives notifications",
      });
    } finally {
      await worker.stop();
      await proxy.shut();
    }
  });

  test("polling carries on: work is found that nobody tells of", async ({ rig }) => {
    await rig.start();
    const id = await rig.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      const [row] = await tx`
        insert into public.interactions (seller_id, channel, external_id, text) values (1, 'question', 'e', 'вопрос') returning id`;
      return String(row?.["id"]);
    });
    // It is told of now, and due later: only who looks finds it.
    await rig.sql`
      select from graphile_worker.add_job('generate_draft', json_build_object('interactionId', ${id}::int),
        job_key := ${`draft:${id}:later`}, run_at := now() + interval '200 milliseconds')`;
    await rig.drafted(id);
  });
});
