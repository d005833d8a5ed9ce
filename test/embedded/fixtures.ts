import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { test as base, expect } from "vitest";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { isAlive, serves } from "../../src/embedded/process.ts";
import { makeTemporary } from "../helpers/temporary.ts";
import { until } from "../helpers/until.ts";

/** A started child process that runs an embedded PostgreSQL, and what it has told. */
export interface Run {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<number | string>;
}

const program = new URL("run.ts", import.meta.url);

/** `directory` holds a cluster that was created and stopped, `run` starts embedded-run.ts on it. */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  .extend("created", { scope: "file" }, async ({}, { onCleanup }) => {
    const created = makeTemporary("predraft-embedded-");
    onCleanup(() => fs.rmSync(created, { recursive: true, force: true }));
    const server = await startEmbedded({ directory: created });
    expect(server.fresh).toBe(true);
    await server.stop();
    return created;
  })
  .extend("directory", async ({ created }, { onCleanup }) => {
    // A copy, for creating a cluster takes a second.
    const directory = makeTemporary("predraft-embedded-");
    copyOwned(created, directory);
    onCleanup(async () => {
      const pid = serverPid(directory);
      if (pid && serves(pid, join(directory, "pg"))) {
        process.kill(pid, "SIGKILL");
        await until(() => !isAlive(pid), { what: "the test's server is gone" });
      }
      fs.rmSync(directory, { recursive: true, force: true });
    });
    return directory;
  })
  .extend("run", async ({ directory }, { onCleanup }) => {
    const runs: Run[] = [];
    onCleanup(async () => {
      for (const { child } of runs) child.kill("SIGKILL");
      await Promise.all(runs.map(({ ended }) => ended));
    });
    return (mode = "hold") => {
      const started = start(directory, mode);
      runs.push(started);
      return started;
    };
  });

/** cp keeps no owner, and PostgreSQL runs on its own files only. */
function copyOwned(from: string, to: string): void {
  fs.cpSync(from, to, { recursive: true });
  for (const name of ["", ...(fs.readdirSync(from, { recursive: true }) as string[])]) {
    const { uid, gid, mode } = fs.statSync(join(from, name));
    fs.chownSync(join(to, name), uid, gid);
    fs.chmodSync(join(to, name), mode);
  }
}

function start(directory: string, mode: string): Run {
  const child = spawn(process.execPath, [program.pathname, directory, mode], { detached: true });
  const lines: string[] = [];
  const collect = (chunk: Buffer) => lines.push(...chunk.toString().trim().split("\n"));
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "?"));
  });
  return { child, lines, ended };
}

/** The address that the run has printed. */
export async function ready(run: Run): Promise<string> {
  const found = () => run.lines.find((line) => line.startsWith("postgres://"));
  return until(found, { what: `a run is ready (${run.lines.join(" / ")})` });
}

/** The server's process by its own lock file; 0 where none runs. */
export function serverPid(directory: string): number {
  const file = join(directory, "pg", "postmaster.pid");
  return fs.existsSync(file) ? Number.parseInt(fs.readFileSync(file, "utf8"), 10) : 0;
}

/** Runs one statement over a connection of its own. */
export async function query(url: string, text: string): Promise<unknown> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined, connect_timeout: 5 });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}
