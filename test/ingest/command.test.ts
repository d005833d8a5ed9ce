import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type postgres from "postgres";
import { describe, expect } from "vitest";
import { runIngest } from "../../src/ingest/command.ts";
import { test as base } from "../helpers/test.ts";

const test = base.extend<{ directory: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  directory: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), "predraft-ingest-"));
    await use(directory);
    await rm(directory, { recursive: true });
  },
});

const seller = '{"type":"seller","id":1,"name":"Лён"}\n';

async function run(sql: postgres.Sql, file: string, { input = "", isTTY = false } = {}) {
  const stdin = new PassThrough();
  stdin.end(input);
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80, cursorTo() {}, clearLine() {} });
  const printed = Promise.all([text(stdout), text(stderr)]);
  try {
    const code = await runIngest({ sql, stdin, stdout, stderr }, file);
    return { code, ...(await closed()) };
  } catch (error) {
    await closed();
    throw error;
  }

  async function closed() {
    stdout.end();
    stderr.end();
    const [out, err] = await printed;
    return { out, err };
  }
}

describe("predraft ingest", () => {
  test("sums up what it read, and exits with 0", async ({ db, directory }) => {
    const file = join(directory, "one.ndjson");
    await writeFile(
      file,
      `${seller}{"type":"interaction","seller_id":1,"channel":"review","external_id":"r"}\n`,
    );
    const { code, out, err } = await run(db.sql, file);
    expect(out).toMatch(/^1 interaction, 0 messages, 1 seller, 0 products read in \d+\.\d s\n$/);
    expect(err).toBe("");
    expect(code).toBe(0);
  });

  test("reads standard input, names refused lines, and exits with 1", async ({ db }) => {
    const { code, out, err } = await run(db.sql, "-", { input: `${seller}{"type":"seller"}\n` });
    expect(err).toBe("line 2: id: is missing\n");
    expect(out).toMatch(/; 1 line refused\n$/);
    expect(code).toBe(1);
  });

  test("names the first 50 refused lines and counts the others", async ({ db }) => {
    const { out, err } = await run(db.sql, "-", { input: "x\n".repeat(60) });
    expect(err.split("\n")).toHaveLength(52);
    expect(err).toMatch(/line 50: .*\n… and 10 more\n$/);
    expect(out).toMatch(/; 60 lines refused\n$/);
  });

  test("draws a bar on a terminal, with the refused lines below it", async ({ db, directory }) => {
    const file = join(directory, "one.ndjson");
    await writeFile(file, `x\n${seller}`);
    const { err } = await run(db.sql, file, { isTTY: true });
    expect(err).toContain("100%");
    expect(err).toMatch(/line 1: is not valid JSON.*\n$/);
  });

  test("says that there is no such file, or that it is a directory", async ({ db, directory }) => {
    await expect(run(db.sql, join(directory, "none"))).rejects.toMatchObject({
      code: "input_unreadable",
      message: expect.stringContaining("there is no such file"),
    });
    await expect(run(db.sql, directory)).rejects.toMatchObject({
      code: "input_unreadable",
      message: expect.stringContaining("it is a directory"),
    });
  });
});
