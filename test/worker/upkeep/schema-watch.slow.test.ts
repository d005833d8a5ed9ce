import { describe, expect } from "vitest";
import { schemaVersion } from "../../../db/schema-version.ts";
import { runCli } from "../../helpers/cli.ts";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

const spawn = (rig: Rig, command: string) =>
  runCli([command], {
    DATABASE_URL: rig.db.url,
    LLM_BASE_URL: rig.model.baseUrl,
    LLM_MODEL: "test-model",
    LOG_LEVEL: "warn",
  });
const pretend = (rig: Rig, version: number) =>
  rig.sql`update predraft.schema_version set version = ${version}, applied_by = ${`v${version}`}`;
/** What migrate does at its end. */
const announce = (rig: Rig) => rig.sql`select pg_notify('predraft_settings', '')`;
const timeoutMs = 60_000;

describe("a worker whose schema is not the database's", () => {
  test("does not start on a newer one, and says to update predraft", async ({ rig }) => {
    await pretend(rig, schemaVersion + 1);
    await expect(rig.start()).rejects.toMatchObject({
      code: "schema_newer",
      message: expect.stringContaining(`version ${schemaVersion + 1}`),
      hint: expect.stringContaining("Update this predraft"),
    });
  });

  test(
    "does not start on an older one, and says to migrate; exit code 1, two lines",
    async ({ rig }) => {
      await pretend(rig, schemaVersion - 1);
      const worker = spawn(rig, "worker");
      expect(await worker.ended).toBe(1);
      expect(worker.err()).toBe(
        `predraft: The database's predraft schema is version ${schemaVersion - 1}; this predraft works with version ${schemaVersion}\n` +
          "  → Run `predraft migrate` with this predraft, then start the worker again.\n",
      );
    },
    timeoutMs,
  );

  test("does not start where there is none, and says what to run", async ({ rig }) => {
    await rig.sql`drop schema predraft cascade`;
    await expect(rig.start()).rejects.toMatchObject({
      code: "schema_missing",
      hint: expect.stringContaining("predraft attach"),
    });
  });

  for (const command of ["worker", "start"]) {
    test(
      `stops when it is migrated under it (${command}): one error, exit code 1, nothing left locked`,
      async ({ rig }) => {
        await rig.insert();
        const hold = rig.model.hold();
        const worker = spawn(rig, command);
        await until(() => rig.model.calls().length > 0, { what: "a call is under way", timeoutMs });
        await pretend(rig, schemaVersion + 1);
        await announce(rig);
        await until(() => worker.out().includes("migrated"), { what: "it says why it stops", timeoutMs });
        hold.release();
        expect(await worker.ended).toBe(1);
        expect(worker.err().match(/Update this predraft/g)).toHaveLength(1);
        expect(await rig.sql`select from graphile_worker.jobs where locked_at is not null`).toHaveLength(0);
        expect(await rig.sql`select from predraft.workers`).toHaveLength(0);
      },
      timeoutMs,
    );
  }

  test(
    "hears of it by looking, too, where the notification is lost",
    async ({ rig }) => {
      const worker = await rig.start();
      await pretend(rig, schemaVersion + 1);
      await expect(worker.outdated).resolves.toMatchObject({ code: "schema_newer" });
    },
    timeoutMs,
  );
});
