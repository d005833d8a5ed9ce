import { describe, expect } from "vitest";
import { asReadable } from "../../db/client/explain-error.ts";
import { runCli } from "../helpers/cli.ts";
import { test } from "../helpers/test.ts";

describe("an error of the database", () => {
  const statements: readonly (readonly [string, RegExp])[] = [
    ["select 1 / 0", /^The database refused a statement \(22012\)$/],
    ["select 'СЕКРЕТ'::int", /^The database refused a statement \(22P02\)$/],
    [
      "select * from predraft.nothing",
      /^Something of predraft's .*: relation "predraft.nothing" does not exist \(42P01\)$/,
    ],
    ["select predraft.nothing()", /^Something of predraft's .* \(42883\)$/],
    ["set transaction_read_only = on; create table x ()", /^The database takes no writes: .* \(25006\)$/],
    ["set statement_timeout = 1; select pg_sleep(1)", /^The database cancelled a statement: .* \(57014\)$/],
  ];
  for (const [statement, line] of statements) {
    test(`is told in a line: ${statement}`, async ({ db }) => {
      const error = (await db.sql.unsafe(statement).catch(asReadable)) as Error;
      expect(error).toMatchObject({ code: "database_failed", hint: expect.stringMatching(/./) });
      expect(error.message).toMatch(line);
    });
  }

  test("that nobody foresaw is told without a stack, which LOG_LEVEL=debug shows", {
    timeout: 60_000,
  }, async ({ db }) => {
    await db.sql`drop view predraft.interactions cascade`;
    const usual = runCli(["explain", "1"], { DATABASE_URL: db.url });
    expect(await usual.ended).toBe(1);
    expect(usual.err()).toMatch(
      /^predraft: Something of predraft's .*\(42P01\)\n {2}→ run `predraft migrate`.*\n$/,
    );
    const debug = runCli(["explain", "1"], { DATABASE_URL: db.url, LOG_LEVEL: "debug" });
    expect(await debug.ended).toBe(1);
    expect(debug.err()).toMatch(/^ {4}at /m);
  });
});
