import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { findEmbedded } from "../src/embedded/embedded.ts";

/**
 * The main job, as a newcomer runs it: `npm start` in a fresh clone, until every open demo interaction has a fresh draft; then
 * SIGTERM, and nothing may be left running. Prints what it saw; exit code 1 where it isn't so.
 */
const limitMs = 30_000;

async function smoke(): Promise<string> {
  const child = spawn("npm", ["start"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: withoutDatabase(),
    detached: true,
  });
  const exited = once(child, "exit");
  try {
    const address = await until(async () => findEmbedded(".predraft"), "the database is up", 60_000);
    const up = performance.now();
    const sql = postgres(address.url, { max: 1, onnotice: () => undefined });
    const counts = await until(() => served(sql), "every open demo interaction has a fresh draft", limitMs);
    const seconds = ((performance.now() - up) / 1_000).toFixed(1);
    await sql.end();
    process.kill(-(child.pid as number), "SIGTERM");
    await exited;
    // npm leaves at the signal at once; predraft gives its jobs back first, and stops Postgres last.
    const gone = async () => (findEmbedded(".predraft") === undefined ? true : undefined);
    await until(gone, "predraft and its Postgres have stopped after SIGTERM", 20_000);
    return `${counts.open} open interactions had fresh drafts ${seconds} s after the database was up; stopped clean`;
  } catch (error) {
    process.kill(-(child.pid as number), "SIGKILL");
    throw error;
  }
}

function withoutDatabase(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, DATABASE_DIRECT_URL: __, ...rest } = process.env;
  return rest;
}

async function served(sql: postgres.Sql): Promise<{ open: number } | undefined> {
  const [row] = await sql<{ open: number; wanting: number }[]>`
    select count(*) filter (where draft_state <> 'closed')::int as open,
      count(*) filter (where draft_state not in ('ready', 'closed'))::int as wanting
    from predraft.interactions`.catch(() => []);
  return row !== undefined && row.open > 0 && row.wanting === 0 ? row : undefined;
}

async function until<T>(probe: () => Promise<T | undefined>, what: string, timeoutMs: number): Promise<T> {
  for (const end = performance.now() + timeoutMs; performance.now() < end; await delay(100)) {
    const found = await probe();
    if (found !== undefined) return found;
  }
  throw new Error(`not within ${timeoutMs / 1_000} s: ${what}`);
}

try {
  process.stdout.write(`smoke: ${await smoke()}\n`);
} catch (error) {
  process.stderr.write(`smoke failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
