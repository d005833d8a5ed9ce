import { describe, expect } from "vitest";
import { findPooler } from "../../db/client/pooler.ts";
import { runCli } from "../helpers/cli.ts";
import { type Pooler, poolerInstalled, startPooler } from "../helpers/pooler.ts";
import { type Rig, test as rigged } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const test = rigged.extend<{ pooler: Pooler }>({
  pooler: async ({ db }, use) => {
    const pooler = await startPooler(db.url);
    await use(pooler);
    await pooler.stop();
  },
});

const spawn = (rig: Rig, env: Record<string, string>) =>
  runCli(["worker"], { LLM_BASE_URL: rig.model.baseUrl, LLM_MODEL: "test-model", LOG_LEVEL: "info", ...env });

const timeoutMs = 60_000;
const running = (command: ReturnType<typeof runCli>) =>
  until(() => command.out().includes("worker running") || command.child.exitCode !== null, {
    what: "the worker runs",
    timeoutMs,
  });

const said = (command: ReturnType<typeof runCli>): string => command.out() + command.err();

const name = poolerInstalled
  ? "behind a pooler in transaction mode"
  : "behind a pooler in transaction mode (SKIPPED: /usr/sbin/pgbouncer is not installed)";

describe.skipIf(!poolerInstalled)(name, () => {
  test(
    "connections keep no session, and notifications are not heard",
    async ({ db, pooler }) => {
      expect(await findPooler(db.url)).toEqual({ sessions: true, listens: true });
      expect(await findPooler(pooler.url)).toEqual({ sessions: false, listens: false });
    },
    timeoutMs,
  );

  test(
    "a worker without a direct address says so, and works by polling",
    async ({ rig, pooler }) => {
      const worker = spawn(rig, { DATABASE_URL: pooler.url });
      await running(worker);
      expect(said(worker).match(/DATABASE_DIRECT_URL/g)).toHaveLength(1);

      const ids = [await rig.insert(), await rig.insert({ channel: "review", rating: 5, text: "Отлично" })];
      for (const id of ids) await rig.drafted(id);
      await rig.set("llm_enabled", "false");
      const next = async () => (await rig.drafted(await rig.insert(), () => true)).fallback_reason;
      await until(async () => (await next()) === "llm_off", { what: "the setting acts", timeoutMs });

      worker.child.kill("SIGTERM");
      expect(await worker.ended, said(worker)).toBe(0);
      expect(said(worker)).not.toMatch(/prepared statement|"level":"?(50|60|error|fatal)/);
      expect(await rig.sql`select from predraft.workers`).toHaveLength(0);
    },
    timeoutMs,
  );

  test(
    "its dead worker's jobs are taken over when its signs of life are old",
    async ({ rig, pooler }) => {
      const hold = rig.model.hold();
      const id = await rig.insert();
      const doomed = spawn(rig, { DATABASE_URL: pooler.url });
      await until(() => rig.model.calls().length === 1, { what: "a call is under way", timeoutMs });
      doomed.child.kill("SIGKILL");
      await doomed.ended;
      const absent = async () => (await rig.sql`select predraft.absent_workers() as ids`)[0]?.["ids"];
      expect(await absent(), "not at once: a heartbeat may only be late").toEqual([]);
      await rig.sql`update predraft.workers set beat_at = beat_at - interval '15 seconds'`;
      expect(await absent()).toHaveLength(1);

      await rig.start();
      await hold.arrived(2);
      hold.release();
      await rig.drafted(id);
    },
    timeoutMs,
  );

  test(
    "a worker that lives is not taken for dead, and is back when it was",
    async ({ rig, pooler }) => {
      const worker = spawn(rig, { DATABASE_URL: pooler.url });
      await running(worker);
      const row = await until(
        async () =>
          (await rig.sql`select worker_id, pool_id from predraft.workers where pool_id is not null`)[0],
        { what: "its pool is known" },
      );
      expect(await rig.sql`select predraft.reap_worker(worker_id) as freed from predraft.workers`).toEqual([
        { freed: null },
      ]);
      await rig.sql`delete from predraft.workers`;
      await until(
        async () => (await rig.sql`select from predraft.workers where beat_at is not null`).length === 1,
        {
          what: "it is registered again",
        },
      );
      expect(await rig.sql`select worker_id, pool_id from predraft.workers`).toEqual([row]);
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
    },
    timeoutMs,
  );

  test(
    "with a direct address beside it a worker is notified at once and holds its lock",
    async ({ rig, db, pooler }) => {
      const worker = spawn(rig, { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: db.url });
      await running(worker);
      await rig.drafted(await rig.insert());
      expect(await rig.sql`select from predraft.workers where beat_at is null`).toHaveLength(1);
      expect(await rig.sql`select predraft.absent_workers() as ids`).toEqual([{ ids: [] }]);
      const listening = await rig.sql`
      select distinct application_name as name from pg_stat_activity
      where datname = current_database() and query like 'LISTEN%' or datname = current_database() and query like 'listen%' order by 1`;
      expect(listening.map((row) => row["name"])).toEqual(["predraft listener", "predraft runner"]);
      worker.child.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
      expect(said(worker)).not.toMatch(
        /DATABASE_DIRECT_URL|prepared statement|"level":"?(40|50|60|warn|error|fatal)/,
      );
    },
    timeoutMs,
  );

  test(
    "migrate and start work without a direct address, and leave no lock behind",
    async ({ rig, pooler }) => {
      const migrate = runCli(["migrate"], { DATABASE_URL: pooler.url });
      expect(await migrate.ended, migrate.err()).toBe(0);
      expect(
        await rig.sql`
      select from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`,
      ).toHaveLength(0);
      const start = runCli(["start"], {
        DATABASE_URL: pooler.url,
        LLM_BASE_URL: rig.model.baseUrl,
        LLM_MODEL: "test-model",
      });
      const id = await rig.insert();
      await until(async () => (await rig.draft(id))?.provisional === false, {
        what: "it is drafted",
        timeoutMs,
      });
      start.child.kill("SIGTERM");
      expect(await start.ended, start.err()).toBe(0);
    },
    timeoutMs,
  );
});
