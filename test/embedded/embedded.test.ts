import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { findBinaries } from "../../src/embedded/binaries.ts";
import { findEmbedded, startEmbedded } from "../../src/embedded/embedded.ts";
import { isAlive } from "../../src/embedded/process.ts";
import { until } from "../helpers/until.ts";
import { query, ready, serverPid, test } from "./fixtures.ts";

test("the database can be used, keeps its data and its address, and is only reachable locally", async ({
  directory,
}) => {
  const first = await startEmbedded({ directory });
  await query(first.url, "create table public.kept as select 'да' as word");
  expect(first.psql).toBe(`psql ${first.url}`);
  expect(findEmbedded(directory)).toMatchObject({ url: first.url, pid: process.pid });
  await first.stop();
  await first.stop();
  expect(findEmbedded(directory)).toBeUndefined();
  const second = await startEmbedded({ directory });
  expect(second).toMatchObject({ url: first.url, fresh: false });
  expect(await query(second.url, "select word, lower('Ё') as folded from public.kept")).toEqual([
    { word: "да", folded: "ё" },
  ]);
  expect(await query(second.url, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
  await expect(query(second.url.replace(/:[^:@]+@/, ":wrong@"), "select")).rejects.toThrow(
    /password authentication failed/,
  );
  await second.stop();
  expect(fs.statSync(join(directory, "password")).mode & 0o777).toBe(0o600);
});

test("the port of the last start is given up when somebody else listens there", async ({ directory }) => {
  const squatter = createServer();
  const port = await new Promise<number>((resolve) => {
    squatter.listen(0, "127.0.0.1", () => resolve((squatter.address() as { port: number }).port));
  });
  fs.writeFileSync(join(directory, "port"), String(port));
  const server = await startEmbedded({ directory });
  squatter.close();
  expect(server.port).not.toBe(port);
  await server.stop();
});

test("after a kill -9 the server that was left behind is stopped and its data is there", async ({
  directory,
  run,
}) => {
  const killed = run();
  const url = await ready(killed);
  await query(url, "create table public.kept (id int)");
  const orphan = serverPid(directory);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(isAlive(orphan)).toBe(true);
  const notices: string[] = [];
  const server = await startEmbedded({ directory, onNotice: (line) => notices.push(line) });
  expect(isAlive(orphan)).toBe(false);
  expect(notices.join()).toMatch(/killed run had left/);
  expect(await query(server.url, "select count(*)::int as n from public.kept")).toEqual([{ n: 0 }]);
  await server.stop();
});

test("after a kill -9 of both, the stale lock of the server is no obstacle", async ({ directory, run }) => {
  const killed = run();
  await ready(killed);
  const orphan = serverPid(directory);
  killed.child.kill("SIGKILL");
  await killed.ended;
  process.kill(orphan, "SIGKILL");
  await until(() => !isAlive(orphan), { what: "the server is dead" });
  const server = await startEmbedded({ directory });
  await server.stop();
});

test("a stale lock whose process id now belongs to another process is no obstacle", async ({
  directory,
  run,
}) => {
  const pid = process.ppid;
  fs.writeFileSync(
    join(directory, "pg", "postmaster.pid"),
    `${pid}\n${directory}/pg\n0\n5544\n\n127.0.0.1\n`,
  );
  fs.writeFileSync(join(directory, "lock"), JSON.stringify({ pid, startedAt: "another life" }));
  const other = run();
  await ready(other);
  expect(isAlive(pid)).toBe(true);
});

test("a second start on one directory is told who runs there", async ({ directory, run }) => {
  const first = run();
  const url = await ready(first);
  await expect(startEmbedded({ directory })).rejects.toMatchObject({
    code: "embedded_in_use",
    message: expect.stringContaining(`process ${first.child.pid}`),
    hint: expect.stringContaining("DATABASE_URL"),
  });
  expect(findEmbedded(directory)).toMatchObject({ url, pid: first.child.pid });
  expect(await query(url, "select 1 as still")).toEqual([{ still: 1 }]);
});

test.for([
  ["SIGTERM, which the program handles", "hold", "SIGTERM", 0],
  ["SIGINT, which the program handles", "hold", "SIGINT", 0],
  ["an uncaught exception", "throw", undefined, 1],
  ["process.exit", "exit", undefined, 3],
  ["having nothing left to do", "idle", undefined, 0],
] as const)("the server ends with its program: %s", async ([, mode, signal, code], { directory, run }) => {
  const running = run(mode);
  await ready(running);
  const pid = serverPid(directory) || Number(running.lines.find((l) => l.startsWith("pid "))?.slice(4));
  if (signal) running.child.kill(signal);
  expect(await running.ended).toBe(code);
  await until(() => !isAlive(pid), { what: "the server has ended" });
  expect(findEmbedded(directory)).toBeUndefined();
  expect(fs.readFileSync(join(directory, "postgres.log"), "utf8")).toMatch(/database system is shut down/);
});

test("Ctrl-C, which reaches the whole terminal group, leaves the server to the program", async ({ run }) => {
  const running = run("stubborn");
  await ready(running);
  process.kill(-(running.child.pid ?? 0), "SIGINT");
  await until(() => running.lines.includes("worker stopped"), {
    what: "the program has done its last query",
  });
  expect(await running.ended).toBe(0);
});

test("a second signal ends the program at once, and the server after it", async ({ directory, run }) => {
  const running = run("stuck");
  await ready(running);
  const pid = serverPid(directory);
  running.child.kill("SIGTERM");
  await until(() => running.lines.includes("stopping"), { what: "the first signal has arrived" });
  running.child.kill("SIGTERM");
  expect(await running.ended).toBe(130);
  await until(() => !isAlive(pid), { what: "the server has ended" });
});

test("a server that dies on its own is started again at the same address", async ({ directory }) => {
  const notices: string[] = [];
  const server = await startEmbedded({ directory, onNotice: (line) => notices.push(line) });
  const pid = serverPid(directory);
  process.kill(pid, "SIGKILL");
  const answer = () => query(server.url, "select 1 as back").catch(() => undefined);
  expect(await until(answer, { what: "it answers again" })).toEqual([{ back: 1 }]);
  expect(notices.join()).toMatch(/starting it again/);
  await server.stop();
  expect(serverPid(directory)).toBe(0);
});

test("what a killed initdb left is removed, and the cluster made anew", async ({ directory }) => {
  fs.rmSync(join(directory, "pg"), { recursive: true });
  fs.mkdirSync(join(directory, "pg.init-1", "pg", "base"), { recursive: true });
  const server = await startEmbedded({ directory });
  expect(server.fresh).toBe(true);
  await server.stop();
  expect(fs.readdirSync(directory).filter((name) => name.startsWith("pg"))).toEqual(["pg"]);
});

test("a lost password is replaced", async ({ directory }) => {
  fs.rmSync(join(directory, "password"));
  const server = await startEmbedded({ directory });
  expect(await query(server.url, "select 1 as fine")).toEqual([{ fine: 1 }]);
  await server.stop();
});

test("a server that cannot start says why, in PostgreSQL's words, and frees the directory", async ({
  directory,
}) => {
  fs.writeFileSync(join(directory, "pg", "PG_VERSION"), "12\n");
  await expect(startEmbedded({ directory })).rejects.toMatchObject({
    code: "embedded_start_failed",
    message: expect.stringContaining("initialized by PostgreSQL version 12"),
    hint: expect.stringContaining("another PostgreSQL version"),
  });
  expect(fs.existsSync(join(directory, "lock"))).toBe(false);
});

test("a directory that cannot be one is refused with its name", async ({ directory }) => {
  const blocked = join(directory, "port", "inside");
  await expect(startEmbedded({ directory: blocked })).rejects.toMatchObject({
    code: "embedded_directory",
    message: expect.stringContaining(blocked),
  });
});

test("a platform without binaries is told to bring a database", () => {
  expect(() => findBinaries("aix", "ppc")).toThrowError(
    expect.objectContaining({ code: "embedded_unavailable", hint: expect.stringContaining("DATABASE_URL") }),
  );
});
