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

  test("with a provider in the settings that it does not know", async ({ rig }) => {
    await rig.set("llm_provider", "небывалый");
    await expect(rig.start()).rejects.toMatchObject({
      code: "provider_unknown",
      message: expect.not.stringContaining("небывалый"),
    });
  });
});
