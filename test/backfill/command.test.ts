import { expect } from "vitest";
import { locks } from "../../db/locks.ts";
import type { Ask } from "../../src/console/terminal.ts";
import { deepseek } from "../attach/fixtures.ts";
import { backfill } from "../helpers/backfill.ts";
import { runCli } from "../helpers/cli.ts";
import { jobs, takeJobs } from "../helpers/jobs.ts";
import { addInteractions, addSeller, saveDraft } from "../helpers/rows.ts";
import { test as base } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";

const env = (url: string) => ({
  DATABASE_URL: url,
  OPENAI_API_KEY: "sk-test",
  LLM_BASE_URL: "http://127.0.0.1:9/v1",
  LLM_MODEL: "deepseek-flash",
});

const test = base.extend<{
  run: (choice?: Parameters<typeof backfill>[1], ask?: Ask) => ReturnType<typeof backfill>;
}>({
  run: ({ db }, use) =>
    use((choice = {}, ask = null) => backfill({ sql: db.sql, llm: deepseek, ask }, choice)),
});

const recent = () => ({ occurred_at: new Date() as never });

test("a dry run prints count by priority and channel and the estimated cost, and enqueues nothing", async ({
  db,
  run,
}) => {
  await addInteractions(db.sql, 5, (n) => ({ ...recent(), priority: n < 2 ? "urgent" : "normal" }));
  await addInteractions(db.sql, 1, () => ({ ...recent(), channel: "review", rating: 5, text: "" }));
  await takeJobs(db.sql);
  const { code, out } = await run({ dryRun: true });
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Backfill: 6 open interactions that want a draft and have no job, of the last 30 days/,
  );
  expect(out).toMatch(/urgent +question +2\n +normal +/);
  expect(out).toMatch(/estimated cost: about \$0\.00\d+ for 5 drafts by deepseek-flash/);
  expect(out).toMatch(/no call is needed for 1 of them/);
  expect(await jobs(db.sql)).toEqual([]);
});

test("nothing is enqueued before somebody agrees", async ({ db, run }) => {
  await addInteractions(db.sql, 2, recent);
  await takeJobs(db.sql);
  await expect(run({ yes: false })).rejects.toMatchObject({ code: "backfill_unconfirmed" });
  expect(await run({ yes: false }, async () => false)).toMatchObject({
    code: 0,
    out: expect.stringContaining("nothing was enqueued"),
  });
  expect(await jobs(db.sql)).toEqual([]);
  await run({ yes: false }, async () => true);
  expect(await jobs(db.sql)).toHaveLength(2);
});

test("from the shell: Ctrl-C keeps what is enqueued, and the same command goes on with the rest", {
  timeout: 60_000,
}, async ({ db }) => {
  await addInteractions(db.sql, 2_500, recent);
  await takeJobs(db.sql);
  const gate = await db.connect().reserve();
  await gate`select pg_advisory_lock(${locks.backfill}, 0)`; // holds the first batch
  const command = ["backfill", "--since", "-2d", "--yes"];
  const stopped = runCli(command, env(db.url));
  await until(
    async () => (await db.sql`select from pg_locks where locktype = 'advisory' and not granted`).length,
    { what: "the first batch is on its way", timeoutMs: 30_000 },
  );
  stopped.child.kill("SIGINT");
  await gate`select pg_advisory_unlock(${locks.backfill}, 0)`;
  gate.release();
  expect(await stopped.ended).toBe(1);
  expect(stopped.out()).toMatch(/1000 jobs added[\s\S]*stopped: what is enqueued stays/);
  expect(await jobs(db.sql)).toHaveLength(1_000);

  const resumed = runCli(command, env(db.url));
  expect(await resumed.ended).toBe(0);
  expect(resumed.out()).toMatch(/Backfill: 1500 open interactions[\s\S]*1500 jobs added/);
  expect(new Set((await jobs(db.sql)).map((job) => job.interaction)).size).toBe(2_500);
  expect(await jobs(db.sql)).toHaveLength(2_500);
});

test("kinds, sellers and dates go together", async ({ db, run }) => {
  await addSeller(db.sql, 2);
  const [long, other, kept, theirs] = (await addInteractions(db.sql, 4, (n) => ({
    seller_id: n < 3 ? 1 : 2,
    occurred_at: new Date(Date.now() - (n === 0 ? 20 : 1) * 86_400_000) as never,
  }))) as [string, string, string, string];
  await takeJobs(db.sql);
  for (const id of [long, other, theirs]) await saveDraft(db.sql, id, { prompt_version: "before" });
  await saveDraft(db.sql, kept, { provisional: true, source: "fallback", fallback_reason: "failed" });
  const count = async (choice: Parameters<typeof run>[0]) =>
    Number(/Backfill: (\d+)/.exec((await run({ ...choice, dryRun: true })).out)?.[1]);
  const since = new Date(Date.now() - 7 * 86_400_000);
  expect(await count({ olderPrompts: true })).toBe(3);
  expect(await count({ olderPrompts: true, provisional: true })).toBe(4);
  expect(await count({ olderPrompts: true, provisional: true, sellers: ["1"], since })).toBe(2);
  expect(await count({ provisional: true, sellers: ["2"] })).toBe(0);
  expect(await count({ olderPrompts: true, sellers: ["1", "2"] })).toBe(3);
});

test("drafts whose content killed a worker are told of, and left", async ({ db, run }) => {
  const [id] = (await addInteractions(db.sql, 1, recent)) as [string];
  await takeJobs(db.sql);
  await saveDraft(db.sql, id, { provisional: true, source: "fallback", fallback_reason: "poison" });
  const { code, out } = await run({ provisional: true });
  expect(code).toBe(0);
  expect(out).toMatch(/Backfill: 0 open interactions.*\n +1 more are left alone/);
});

test("what cannot be done is refused with what to do", async ({ db, run }) => {
  await expect(run({ sellers: ["лён"] })).rejects.toMatchObject({ code: "seller_invalid" });
  const offline = { ...deepseek, provider: "offline", model: undefined } as const;
  await expect(backfill({ sql: db.sql, llm: offline }, { olderPrompts: true })).rejects.toMatchObject({
    code: "backfill_offline",
    hint: expect.stringContaining("what the workers have"),
  });
  await db.sql`insert into public.runtime_settings (key, value) values ('ai_draft_pregenerate_enabled', 'off')`;
  await expect(run()).rejects.toMatchObject({ code: "backfill_off" });
});

test("a model that is switched off is said", async ({ db, run }) => {
  await db.sql`insert into public.runtime_settings (key, value) values ('llm_enabled', 'off')`;
  expect((await run({ dryRun: true })).out).toContain("llm_enabled is off");
});

test("from the shell: a wrong date, and the help says that older prompts' drafts are paid for once more", {
  timeout: 60_000,
}, async ({ db }) => {
  const wrong = runCli(["backfill", "--since", "yesterday"], env(db.url));
  expect(await wrong.ended).toBe(1);
  expect(wrong.err()).toContain("2026-11-01T12:00:00+03:00");
  const help = runCli(["backfill", "--help"], {});
  await help.ended;
  expect(help.out().replaceAll(/\s+/g, " ")).toContain("paid for once more");
});
