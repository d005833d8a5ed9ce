import { describe, expect } from "vitest";
import { startProxy } from "../../helpers/proxy.ts";
import { test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { cutSessions, held } from "../../helpers/worker-process.ts";

describe.concurrent("Postgres restarts, connections drop: a worker", { timeout: 120_000 }, () => {
  test("builds its runner anew when that cannot complete a job, and leaves none locked", async ({ rig }) => {
    await rig.sql.unsafe(`
      create sequence public.refusals;
      create function public.refuse() returns trigger language plpgsql as $$ begin
        if nextval('public.refusals') = 1 then raise exception 'not now'; end if;
        return old;
      end $$;
      create trigger refuse before delete on graphile_worker._private_jobs for each row
        when (old.key like 'draft:%') execute function public.refuse()`);
    await rig.start();
    await rig.drafted(await rig.insert({ priority: "high" })); // no job of it is moved: the first deletion is the runner's
    const rebuilt = () => rig.log.some((line) => line["msg"] === "the runner died; building a new one");
    await until(rebuilt, { what: "the runner is built anew" });
    await rig.drafted(await rig.insert());
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(2);
    expect(await rig.sql`select from predraft.workers`).toHaveLength(1);
  });

  test("finishes what was under way when its runner loses its connections", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start({ shutdownGraceMs: 10_000 });
    const id = await rig.insert({ text: "первый" });
    await hold.arrived();

    await cutSessions(rig, "predraft runner");
    hold.release();

    await rig.drafted(id);
    await rig.drafted(await rig.insert({ text: "второй" }));
    await rig.idle();
    expect(rig.model.calls("второй")).toHaveLength(1);
    expect((await held(rig)).jobs).toBe(0);
  });

  test("lives through the loss of all its connections at once, twice", async ({ rig }) => {
    await rig.start();
    for (const text of ["первый", "второй"]) {
      const hold = rig.model.hold(text);
      const id = await rig.insert({ text });
      await hold.arrived();
      await cutSessions(rig, "predraft%");
      hold.release();
      await until(async () => (await rig.draft(id))?.provisional === false, {
        what: "its draft is there",
        timeoutMs: 20_000,
      });
    }
    await rig.set("llm_enabled", "false");
    const id = await rig.insert();
    await rig.drafted(id, (draft) => draft.fallback_reason === "llm_off");
  });

  test("keeps no claim of its own that it could not drop", async ({ rig }) => {
    // The first connection that drops a claim dies of it.
    await rig.sql.unsafe(`
      create sequence public.deaths;
      grant all on sequence public.deaths to public;
      create function public.die() returns trigger language plpgsql as $$ begin
        if nextval('public.deaths') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
        return old;
      end $$;
      create trigger die before delete on predraft.draft_claims for each row execute function public.die()`);
    rig.model.script(({ n }) => (n === 1 ? { kind: "reset" } : undefined));
    await rig.start();
    const id = await rig.insert();
    await until(
      async () => (await rig.sql`select last_value from public.deaths where is_called`).length === 1,
      {
        what: "a connection has died",
      },
    );
    await until(async () => (await rig.draft(id))?.source === "llm", {
      what: "its draft is there",
      timeoutMs: 20_000,
    });
    await until(async () => (await held(rig)).claims === 0, { what: "no claim is left" });
  });

  test("lives through the end of everything twice a second, and is as before when that is over", async ({
    rig,
  }) => {
    const worker = await rig.start();
    const ids: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const since = performance.now();
      ids.push(await rig.insert({ text: `под обстрелом ${round}` }));
      await cutSessions(rig, "predraft%");
      await until(() => performance.now() - since >= 500, { what: "half a second has passed" });
    }
    for (const id of ids)
      await until(async () => (await rig.draft(id))?.source === "llm", {
        what: "each has its draft",
        timeoutMs: 60_000,
      });
    const ready = async () => (await worker.health()).every((check) => check.ok);
    await until(ready, { what: "all is well again", timeoutMs: 30_000 });
    await rig.set("ai_draft_daily_limit", "77");
    await until(() => worker.settings().ai_draft_daily_limit === 77, { what: "LISTEN works" });
    await until(async () => (await rig.sql`select from predraft.workers`).length === 1, {
      what: "one worker is registered",
      timeoutMs: 30_000,
    });
    await until(async () => JSON.stringify(await held(rig)) === '{"jobs":0,"claims":0}', {
      what: "nothing is held",
      timeoutMs: 30_000,
    });
    expect(rig.model.billed().length).toBeGreaterThanOrEqual(10);
  });

  test("gets over connections that carry nothing any more and stay open", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "1");
    const proxy = await startProxy(rig.db.url);
    const worker = await rig.start({ url: proxy.url, timeoutMs: 60_000 });
    try {
      const hold = rig.model.hold("до");
      const id = await rig.insert({ text: "до" });
      await hold.arrived();

      proxy.swallow();
      hold.release();

      await until(async () => (await rig.draft(id))?.source === "llm", {
        what: "what was paid is saved",
        timeoutMs: 60_000,
      });
      const later = await rig.insert({ text: "после" });
      await until(async () => (await rig.draft(later))?.source === "llm", {
        what: "work goes on",
        timeoutMs: 60_000,
      });
      const ready = async () => (await worker.health()).every((check) => check.ok);
      await until(ready, { what: "all is well again", timeoutMs: 60_000 });
      expect(rig.model.billed("до")).toHaveLength(1);
    } finally {
      await worker.stop();
      await proxy.shut();
    }
  });
});
