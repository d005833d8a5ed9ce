import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type Command, runCli } from "../helpers/cli.ts";
import { test } from "../helpers/cluster-rig.ts";
import { makeTemporary } from "../helpers/temporary.ts";
import { until } from "../helpers/until.ts";

/** What a command has written since, less the lines that say how far drafting is. */
const news = (command: Command, since: number): string[] =>
  command
    .out()
    .slice(since)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[0-9]{2}:[0-9]{2}:[0-9]{2} /.test(line));

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

describe("a database that goes under `predraft start`", { timeout: 120_000 }, () => {
  test("is told of in one line when it goes and in one when it is back; the rest is at debug", async ({
    cluster,
    clusterRig: rig,
  }) => {
    const command = runCli(["start"], { DATABASE_URL: cluster.url });
    await command.says("Ctrl-C stops");
    const since = command.out().length;
    await cluster.halt("immediate");
    await until(() => news(command, since).length > 0, { what: "it says that the database is gone" });
    await cluster.resume();
    await command.says("the database is back");
    const id = await until(() => rig.insert().catch(() => null), { what: "a row is written" });
    await until(async () => (await rig.draft(id).catch(() => null)) !== null, {
      what: "it has its draft",
      timeoutMs: 30_000,
    });
    expect(news(command, since)).toEqual([
      expect.stringMatching(/^the database does not answer \([A-Z0-9_]+\); what is under way waits for it$/),
      expect.stringMatching(/^the database is back after [0-9]+ s$/),
    ]);
    expect(lines(command.err())).toEqual([]);
    command.child.kill("SIGTERM");
    expect(await command.ended).toBe(0);
  });

  test("and was started by it is started again, in two lines that say where to look", async ({
    onTestFinished,
  }) => {
    const directory = makeTemporary("predraft-lost-");
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const command = runCli(["start"], {}, directory);
    await command.says("Ctrl-C stops");
    const since = command.out().length;
    const pid = Number(
      readFileSync(join(directory, ".predraft", "pg", "postmaster.pid"), "utf8").split("\n")[0],
    );
    process.kill(pid, "SIGKILL");
    await command.says("PostgreSQL runs again");
    await until(
      () => command.out().slice(since).split("PostgreSQL runs again")[1]?.includes("open interactions"),
      {
        what: "it works again",
        timeoutMs: 30_000,
      },
    );
    expect(news(command, since)).toEqual([
      expect.stringMatching(
        /^PostgreSQL ended unexpectedly, starting it again; see .*postgres\.log\.previous$/,
      ),
      "PostgreSQL runs again",
    ]);
    expect(lines(command.err())).toEqual([]);
    command.child.kill("SIGTERM");
    expect(await command.ended).toBe(0);
  });
});

test("with LOG_LEVEL=debug every connection that broke is in the log", { timeout: 120_000 }, async ({
  cluster,
  clusterRig,
}) => {
  expect(clusterRig.log).toEqual([]);
  const command = runCli(["worker"], { DATABASE_URL: cluster.url, LOG_LEVEL: "debug" });
  await command.says("worker running");
  await cluster.halt("immediate");
  await command.says("does not answer");
  await cluster.resume();
  await command.says("the database is back");
  const told = lines(command.err()).map(
    (line) => JSON.parse(line) as { level: string; msg: string; err?: { code?: string } },
  );
  expect(
    told.filter(({ level, err }) => level === "debug" && err?.code !== undefined).length,
  ).toBeGreaterThan(3);
  const rest = told.filter(({ level }) => level !== "debug").map(({ msg }) => msg);
  expect(rest).toEqual([expect.stringContaining("does not answer"), expect.stringContaining("is back")]);
  command.child.kill("SIGTERM");
  expect(await command.ended).toBe(0);
});
