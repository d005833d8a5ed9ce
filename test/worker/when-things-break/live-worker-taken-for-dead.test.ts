import { describe, expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const claims = (rig: Rig) => rig.sql`select from predraft.draft_claims`;
const locked = (rig: Rig) => rig.sql`select from graphile_worker.jobs where locked_at is not null`;
const spawnWorker = (rig: Rig) =>
  runCli(["worker"], {
    DATABASE_URL: rig.db.url,
    LLM_BASE_URL: rig.model.baseUrl,
    LLM_MODEL: "test-model",
    LOG_LEVEL: "warn",
  });
const cut = (rig: Rig, name: string) => rig.sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name like ${name} and pid <> pg_backend_pid()`;

describe.concurrent("a worker that is killed", { timeout: 60_000 }, () => {
  test("leaves its jobs and claims to another, with the attempts that were left", async ({ rig }) => {
    const hold = rig.model.hold();
    const ids = await Promise.all([rig.insert(), rig.insert()]);
    const doomed = spawnWorker(rig);
    await doomed.says("worker running");
    await hold.arrived(2);
    doomed.child.kill("SIGKILL");
    expect(await doomed.ended).toBe("SIGKILL");
    expect(await locked(rig)).toHaveLength(2);
    expect(await claims(rig)).toHaveLength(2);

    await rig.start();

    const again = await hold.arrived(4);
    expect(again).toHaveLength(4);
    const attempts = await rig.sql`select max_attempts from predraft.jobs()`;
    expect(attempts.map((row) => row["max_attempts"])).toEqual([4, 4]);
    hold.release();
    for (const id of ids) await rig.drafted(id);
    await rig.idle();
    expect(await claims(rig)).toHaveLength(0);
    expect(await rig.sql`select from predraft.workers`).toHaveLength(1);
  });

  test("each time by the same row: the row ends as poison, is shown, and comes back by force only", async ({
    rig,
  }) => {
    const hold = rig.model.hold();
    const id = await rig.insert();
    await rig.sql`select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs`;
    await rig.sql`
      select from graphile_worker.add_job('generate_draft', json_build_object('interactionId', ${id}::int),
        job_key := ${`draft:${id}:last`}, max_attempts := 1)`;
    const doomed = spawnWorker(rig);
    await doomed.says("worker running");
    await hold.arrived();
    doomed.child.kill("SIGKILL");
    await doomed.ended;

    await rig.start();

    await rig.drafted(id, (draft) => draft.provisional && draft.fallback_reason === "poison");
    await rig.idle();
    const health = async () =>
      (await rig.sql`select ok, detail from predraft.health where "check" = 'poison'`)[0] as { ok: boolean };
    expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining("1 interaction") });
    await rig.sql`select predraft.request_draft(${id})`;
    await rig.idle();
    expect(rig.model.calls(), "not even a click starts it again").toHaveLength(1);

    hold.release();
    await rig.sql`select predraft.request_draft(${id}, true)`;
    await rig.drafted(id);
    expect((await health()).ok).toBe(true);
  });
});

describe.concurrent("a worker that lives", { timeout: 60_000 }, () => {
  test("takes its liveness lock again when the connection is cut, and nobody is harmed", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await hold.arrived();
    const holders = () => rig.sql`
      select pid from pg_locks where locktype = 'advisory' and classid = 1886545254 and granted
        and database = (select oid from pg_database where datname = current_database())`;
    const [before] = await holders();

    await cut(rig, "predraft liveness");

    const [after] = await until(
      async () => {
        const found = await holders();
        return found.length === 1 && found[0]?.["pid"] !== before?.["pid"] ? found : null;
      },
      { what: "another connection holds the lock" },
    );
    expect(after?.["pid"]).toBeTypeOf("number");
    hold.release();
    await rig.drafted(id);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);
    expect(await rig.sql`select from predraft.workers`).toHaveLength(1);
  });

  test("may be taken for dead: its jobs run once more elsewhere, and end as they should", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const ids = await Promise.all([rig.insert(), rig.insert()]);
    await hold.arrived(2);

    // What another's reaper does to it.
    await rig.sql.begin(async (tx) => {
      await tx`select predraft.free_pool(pool_id) from predraft.workers`;
      await tx`delete from predraft.draft_claims`;
    });
    await hold.arrived(4);
    hold.release();

    for (const id of ids) await rig.drafted(id);
    await rig.idle();
    expect(await claims(rig)).toHaveLength(0);
    await rig.drafted(await rig.insert());
  });

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
    await rig.drafted(await rig.insert());
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

    await cut(rig, "predraft runner");
    hold.release();

    await rig.drafted(id);
    await rig.drafted(await rig.insert({ text: "второй" }));
    await rig.idle();
    expect(rig.model.calls("второй")).toHaveLength(1);
    expect(await locked(rig)).toHaveLength(0);
  });

  test("lives through the loss of all its connections at once, twice", async ({ rig }) => {
    await rig.start();
    for (const text of ["первый", "второй"]) {
      const hold = rig.model.hold(text);
      const id = await rig.insert({ text });
      await hold.arrived();
      await cut(rig, "predraft%");
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
    await until(async () => (await claims(rig)).length === 0, { what: "no claim is left" });
  });
});
