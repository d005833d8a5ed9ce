import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { describe, expect } from "vitest";
import { startEmbedded } from "../../../src/embedded/embedded.ts";
import { isAlive } from "../../../src/embedded/process.ts";
import { type Command, runCli } from "../../helpers/cli.ts";
import type { ModelServer } from "../../helpers/model-server.ts";
import { test as rigged } from "../../helpers/rig.ts";
import { makeTemporary } from "../../helpers/temporary.ts";
import { until } from "../../helpers/until.ts";

const timeoutMs = 120_000;

/** A directory for `predraft start` to keep its Postgres in. */
const test = rigged.extend<{ home: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  home: async ({}, use) => {
    const home = makeTemporary("predraft-start-");
    await use(home);
    rmSync(home, { recursive: true, force: true });
  },
});

const spawnStart = (home: string, model: ModelServer, grace: string): Command =>
  runCli(
    ["start"],
    { LLM_BASE_URL: model.baseUrl, LLM_MODEL: "test-model", SHUTDOWN_GRACE_MS: grace, LOG_LEVEL: "warn" },
    home,
  );

const pidFile = (home: string): string => join(home, ".predraft", "pg", "postmaster.pid");
const serverPid = (home: string): number =>
  existsSync(pidFile(home)) ? Number.parseInt(readFileSync(pidFile(home), "utf8"), 10) : 0;

/** What is locked, claimed, registered or short of attempts in a database that is at rest. */
async function leftIn(home: string): Promise<Record<string, unknown> | undefined> {
  const server = await startEmbedded({ directory: join(home, ".predraft") });
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  try {
    const [row] = await sql`
      select (select count(*)::int from graphile_worker.jobs where locked_at is not null) as locked,
        (select count(*)::int from predraft.draft_claims) as claims, (select count(*)::int from predraft.workers) as workers,
        (select count(*)::int from predraft.jobs() where attempts > 0 or max_attempts < 5) as attempted,
        (select count(*) > 0 from predraft.jobs()) as waiting`;
    return row;
  } finally {
    await sql.end();
    await server.stop();
  }
}

describe("predraft start stopped, with a Postgres of its own", { timeout: timeoutMs }, () => {
  test("calls that outlast the grace are given back before Postgres ends, last of all; exit 0", async ({
    home,
    model,
  }) => {
    const hold = model.hold();
    const start = spawnStart(home, model, "100");
    await start.says("Ctrl-C stops");
    await until(() => model.calls().length > 0, { what: "a call is under way", timeoutMs: 30_000 });
    const pid = serverPid(home);

    start.child.kill("SIGTERM");

    expect(await start.ended, start.err()).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(await leftIn(home)).toEqual({ locked: 0, claims: 0, workers: 0, attempted: 0, waiting: true });
    hold.release();
  });

  test("a second signal ends at once, and takes Postgres with it", async ({ home, model }) => {
    const hold = model.hold();
    const start = spawnStart(home, model, "60000");
    await start.says("Ctrl-C stops");
    await until(() => model.calls().length > 0, { what: "a call is under way", timeoutMs: 30_000 });
    const pid = serverPid(home);
    start.child.kill("SIGTERM");
    await start.says("SIGTERM: stopping");

    await start.insist("SIGTERM");
    expect(await start.ended).toBe(130);
    await until(() => !isAlive(pid), { what: "Postgres has ended", timeoutMs: 30_000 });
    hold.release();
  });

  test("by Ctrl-C while the database is created: it says that it stopped, exit 0, and the next start works", async ({
    home,
  }) => {
    const early = runCli(["start"], {}, home, undefined, true);
    await early.says("first start");
    process.kill(-(early.child.pid as number), "SIGINT");
    expect(await early.ended, early.err()).toBe(0);
    expect(early.out()).toMatch(/\nstopped before it had begun\n$/);
    expect(early.err()).toBe("");

    const next = runCli(["start"], {}, home);
    await next.says("Ctrl-C stops");
    next.child.kill("SIGTERM");
    expect(await next.ended, next.err()).toBe(0);
    expect(next.out()).toContain(`the database in ${join(home, ".predraft")} keeps everything`);
  });

  test("during the start, before migrate is done: exit 0, no Postgres left, and the next start works", async ({
    home,
    model,
  }) => {
    const early = spawnStart(home, model, "100");
    const pid = await until(() => serverPid(home), { what: "Postgres is starting", timeoutMs: 30_000 });
    early.child.kill("SIGTERM");
    expect(await early.ended, early.err()).toBe(0);
    expect(isAlive(pid)).toBe(false);

    const next = spawnStart(home, model, "100");
    await next.says("Ctrl-C stops");
    next.child.kill("SIGTERM");
    expect(await next.ended, next.err()).toBe(0);
  });
});
