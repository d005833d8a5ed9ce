import { realpathSync, rmSync } from "node:fs";
import { describe, expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { closedPort } from "../helpers/closed-port.ts";
import { test } from "../helpers/rig.ts";
import { makeTemporary } from "../helpers/temporary.ts";

/** Runs a command that is to fail, and answers with what it wrote on stderr. */
async function complaint(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const command = runCli(args, env);
  expect(await command.ended, command.err()).toBe(1);
  expect(command.err(), "no stack for what a person can put right").not.toMatch(/^\s+at /m);
  expect(command.err()).not.toContain("СЕКРЕТ");
  return command.err();
}

describe("a command that cannot run", { timeout: 60_000 }, () => {
  test("in a folder where none runs says which folder that is", async () => {
    const folder = realpathSync(makeTemporary("predraft-elsewhere-"));
    for (const args of [["explain", "1"], ["worker"]]) {
      const command = runCli(args, {}, folder);
      expect(await command.ended).toBe(1);
      expect(command.err(), args[0]).toBe(
        `predraft: There is no database to work on: DATABASE_URL is not set, and no predraft runs in ${folder}\n` +
          "  → Run this in the folder of a running `npm start` (it brings its own Postgres), or set DATABASE_URL.\n",
      );
    }
    const missing = runCli(["eval", "x.ndjson"], {}, folder);
    expect(await missing.ended).not.toBe(0);
    expect(missing.err()).toContain(`cannot read x.ndjson: there is no such file in ${folder}\n`);
    rmSync(folder, { recursive: true });
  });

  test.for([
    [["nonsense"], "unknown command 'nonsense'"],
    [["explain"], "missing required argument 'id'"],
    [["start", "--no"], "unknown option '--no'"],
  ] as const)("(%s) says what is wrong with the line, and where help is", async ([args, what]) => {
    expect(await complaint(args, {})).toBe(
      `predraft: ${what}\n  → predraft --help lists the commands, predraft COMMAND --help explains one\n`,
    );
  });

  test("says which variables are wrong", async () => {
    const said = await complaint(["start"], { DATABASE_URL: "СЕКРЕТ", LLM_TIMEOUT_MS: "СЕКРЕТ" });
    expect(said).toMatch(
      /^predraft: The environment is not right:\n {2}DATABASE_URL: .*\n {2}LLM_TIMEOUT_MS: .*\n {2}→ /,
    );
  });

  test.for(["start", "worker"])(
    "(%s) says that nothing listens at the address, without the password",
    async (name) => {
      const port = await closedPort();
      expect(await complaint([name], { DATABASE_URL: `postgres://me:СЕКРЕТ@127.0.0.1:${port}/shop` })).toBe(
        `predraft: Cannot reach the database at 127.0.0.1:${port}/shop (ECONNREFUSED)\n` +
          "  → nothing listens there: is Postgres running, and is the port right?\n",
      );
    },
  );
});

describe("a command that runs", { timeout: 60_000 }, () => {
  test("start works on a given database until SIGTERM, and exits with 0", async ({ rig }) => {
    const command = runCli(["start"], {
      DATABASE_URL: rig.db.url,
      LLM_BASE_URL: rig.model.baseUrl,
      LLM_MODEL: "test-model",
      SHUTDOWN_GRACE_MS: "100",
    });
    await command.says("Ctrl-C stops");
    expect(await rig.drafted(await rig.insert())).toMatchObject({ source: "llm" });
    command.child.kill("SIGTERM");
    expect(await command.ended, command.err()).toBe(0);
    expect(command.out()).toContain("SIGTERM: stopping");
    expect(command.out()).not.toContain(`:${new URL(rig.db.url).password}@`);
    expect(await rig.sql`select from graphile_worker.jobs where locked_at is not null`).toHaveLength(0);
  });
});
