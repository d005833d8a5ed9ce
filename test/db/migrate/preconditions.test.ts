import { describe, expect } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { findMissingRights } from "../../../db/migrate/preconditions.ts";
import { runCli } from "../../helpers/cli.ts";
import type { TestDatabase } from "../../helpers/database.ts";
import { withLoginRole } from "../../helpers/login-role.ts";
import { test } from "../../helpers/test.ts";

const timeoutMs = 60_000;

/** Runs a command that is to fail, and answers with all it wrote; no stack is among it. */
async function complaint(args: readonly string[], url: string): Promise<string> {
  const command = runCli(args, { DATABASE_URL: url });
  expect(await command.ended, command.out() + command.err()).toBe(1);
  expect(command.err()).not.toMatch(/^\s+at /m);
  expect(command.err().trimEnd().split("\n").length, command.err()).toBeLessThanOrEqual(2);
  return command.out() + command.err();
}

/** Leaves a database as before predraft was first there. */
const empty = (db: TestDatabase): Promise<unknown> =>
  db.sql.unsafe(`
    drop schema predraft cascade; drop schema graphile_worker cascade;
    drop schema public cascade; create schema public; grant usage on schema public to public`);

describe("a role that may not install", () => {
  test("is told which right it lacks, by every command", { timeout: timeoutMs }, async ({ db }) => {
    await empty(db);
    await withLoginRole(db, [], async ({ name, url }) => {
      const database = new URL(url).pathname.slice(1);
      const lacks = `role ${name} may not create schemas in database ${database}`;
      const grant = `grant create on database ${database} to ${name};`;
      for (const args of [["migrate"], ["start"], ["doctor"]]) {
        const said = await complaint(args, url);
        expect(said).toContain(lacks);
        expect(said).toContain(grant);
      }
      await db.sql.unsafe(grant);
      expect(await complaint(["migrate"], url)).toContain(`grant create on schema public to ${name};`);
      await db.sql.unsafe(`grant create on schema public to ${name}`);
      const own = db.connect({ username: name, password: "secret" });
      expect(await findMissingRights(own, true)).toBeUndefined();
      await own.end();
    });
  });

  test("is told in a line what a command may not read", { timeout: timeoutMs }, async ({ attached }) => {
    await withLoginRole(attached, [], async ({ url }) => {
      for (const args of [["explain", "1"], ["worker"], ["seller", "show", "1"], ["backfill", "--dry-run"]])
        expect(await complaint(args, url)).toMatch(/role.* (has no rights|lacks a right).*\n {2}→ /s);
    });
  });
});

describe("a database whose settings don't suit is refused in one line", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["default_transaction_read_only = on", "read-only", "reset default_transaction_read_only"],
    [
      "standard_conforming_strings = off",
      "standard_conforming_strings is off",
      "standard_conforming_strings = on",
    ],
  ];
  for (const [setting, what, todo] of cases) {
    test(setting, { timeout: timeoutMs }, async ({ db }) => {
      await db.sql.unsafe(`alter database ${new URL(db.url).pathname.slice(1)} set ${setting}`);
      await expect(migrate({ url: db.url })).rejects.toMatchObject({
        code: "database_unfit",
        message: expect.stringContaining(what),
        hint: expect.stringContaining(todo),
      });
      expect(await complaint(["migrate"], db.url)).toContain(what);
    });
  }

  test.for(["repeatable read", "serializable"])("but %s by default is taken", async (level, { db }) => {
    await db.sql.unsafe(
      `alter database ${new URL(db.url).pathname.slice(1)} set default_transaction_isolation = '${level}'`,
    );
    await expect(migrate({ url: db.url })).resolves.toMatchObject({ warnings: [] });
  });
});
