import { describe, expect } from "vitest";
import { closedPort } from "../helpers/closed-port.ts";
import { test } from "../helpers/rig.ts";

describe("a worker does not start", () => {
  test("on a database that is not migrated, and says what to do", async ({ rig }) => {
    await rig.sql`drop schema predraft cascade`;
    await expect(rig.start()).rejects.toMatchObject({
      code: "schema_missing",
      hint: expect.stringContaining("predraft migrate"),
    });
  });

  test("on one that a newer predraft migrated", async ({ rig }) => {
    await rig.sql`update predraft.schema_version set version = version + 1, applied_by = '9.9.9'`;
    await expect(rig.start()).rejects.toMatchObject({
      code: "schema_newer",
      message: expect.stringContaining("made by predraft 9.9.9"),
    });
  });

  test("where nothing listens", async ({ rig }) => {
    const url = `postgres://me:secret@127.0.0.1:${await closedPort()}/shop`;
    await expect(rig.start({ url })).rejects.toMatchObject({
      code: "database_unreachable",
      message: expect.not.stringContaining("secret"),
    });
  });

  test("where no connection is free, and says so", async ({ rig }) => {
    const role = `nobody_${new URL(rig.db.url).pathname.slice(1)}`;
    await rig.sql.unsafe(`create role "${role}" login password 'secret' connection limit 0`);
    try {
      const url = Object.assign(new URL(rig.db.url), { username: role, password: "secret" }).href;
      await expect(rig.start({ url })).rejects.toMatchObject({
        code: "database_unreachable",
        message: expect.stringContaining("53300"),
        hint: expect.stringContaining("no connection free"),
      });
    } finally {
      await rig.sql.unsafe(`drop role "${role}"`);
    }
  });

  test("with a provider in the settings that it has no key of, and says which", async ({ rig }) => {
    await rig.set("llm_provider", "deepseek");
    await expect(rig.start({ keys: { openai: "sk-test" } })).rejects.toMatchObject({
      code: "provider_unconfigured",
      hint: expect.stringContaining("DEEPSEEK_API_KEY"),
    });
  });
});

test("a worker starts with the environment's provider where the settings name one that nobody knows", async ({
  rig,
}) => {
  await rig.set("llm_provider", "небывалый");
  await rig.start();
  expect(await rig.drafted(await rig.insert())).toMatchObject({ source: "llm" });
});
