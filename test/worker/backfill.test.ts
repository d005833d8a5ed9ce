import pLimit from "p-limit";
import { pino } from "pino";
import { expect } from "vitest";
import { readSettings } from "../../db/client/settings.ts";
import { loadContext } from "../../src/drafts/context.ts";
import { generate } from "../../src/drafts/generate.ts";
import { createInFlight } from "../../src/drafts/in-flight.ts";
import { createProvider } from "../../src/llm/create-provider.ts";
import { openPrompts } from "../../src/prompt/prompt.ts";
import { backfill } from "../helpers/backfill.ts";
import { takeJobs } from "../helpers/jobs.ts";
import { type Rig, test, workerConfig } from "../helpers/rig.ts";
import { saveDraft } from "../helpers/rows.ts";
import { until } from "../helpers/until.ts";

const prompts = await openPrompts();
const promptVersions = prompts.versions;
const run = (rig: Rig, choice: Parameters<typeof backfill>[1] = {}) =>
  backfill({ sql: rig.sql, llm: workerConfig(rig.model).llm }, choice);

/** An interaction whose final draft was made by another prompt than today's. */
async function withOlderPrompt(rig: Rig, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = await rig.insert(fields);
  await takeJobs(rig.sql);
  await saveDraft(rig.sql, id, { prompt_version: "before", text: "По старому промпту." });
  return id;
}

/** Adds the n-th backfill job of an interaction, whatever jobs it has. */
async function addJob({ sql }: Rig, id: string, n: number): Promise<void> {
  const payload = sql.json({ interactionId: Number(id), trigger: "backfill" });
  await sql`select graphile_worker.add_job('generate_draft', ${payload}::jsonb::json,
    job_key := ${`draft:${id}:9${n}:backfill`}, priority := 82)`;
}

const text = async (rig: Rig, id: string): Promise<string | undefined> => (await rig.draft(id))?.text;

test("an older prompt's draft stays until the better one is there, which is paid for once; then nothing is left to do", async ({
  rig,
}) => {
  const id = await withOlderPrompt(rig);
  const hold = rig.model.hold();
  await rig.start();
  expect(await run(rig, { olderPrompts: true })).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 job added behind all fresh work"),
  });
  await hold.arrived();
  expect(await text(rig, id)).toBe("По старому промпту.");
  hold.release();
  const draft = await rig.drafted(id, (d) => d["prompt_version"] === promptVersions.question);
  expect(draft).toMatchObject({ source: "llm", provisional: false });
  await rig.idle();
  const [row] = await rig.sql`select trigger from predraft.drafts order by id desc limit 1`;
  expect(row?.["trigger"]).toBe("upgrade");

  expect((await run(rig, { olderPrompts: true })).out).toContain("Backfill: 0 open interactions");
  await rig.sql`select predraft.request_draft(${id})`;
  await rig.idle();
  expect(rig.model.billed()).toHaveLength(1);
});

test("a job that was added twice, and one that comes back after its draft was saved, pay nothing", async ({
  rig,
}) => {
  const id = await withOlderPrompt(rig);
  for (const n of [1, 2, 3]) await addJob(rig, id, n);
  await rig.start();
  await rig.drafted(id, (d) => d["prompt_version"] === promptVersions.question);
  await rig.idle();
  expect(rig.model.billed()).toHaveLength(1);
});

test("a generation that read the older draft before another process replaced it is not begun", async ({
  rig,
}) => {
  const id = await withOlderPrompt(rig);
  const settings = await readSettings(rig.sql);
  const provider = createProvider(workerConfig(rig.model).llm, settings);
  const seen = await loadContext(rig.sql, id, { provider, trigger: "backfill" });
  await saveDraft(rig.sql, id, { prompt_version: promptVersions.question, text: "По новому." });
  const never = new AbortController().signal;
  const deps = {
    sql: rig.sql,
    patientSql: rig.sql,
    log: pino({ level: "silent" }),
    workerId: 1,
    settings: () => settings,
    provider: () => ({ ...provider, admits: true }),
    onThrottled: () => undefined,
    prompts,
    limit: pLimit(1),
    inFlight: createInFlight(),
    parkSeller: async () => undefined,
    timeoutMs: 1_000,
    stopping: never,
    cutOff: never,
  };
  if (seen === null) throw new Error("the interaction is gone");
  expect(await generate(deps, seen, "backfill")).toEqual({ kind: "reread" });
  expect(rig.model.calls()).toHaveLength(0);
  expect(await rig.sql`select from predraft.draft_claims`).toHaveLength(0);
  const [usage] = await rig.sql`select sum(calls)::int as calls from predraft.seller_usage`;
  expect(usage?.["calls"]).toBe(0);
});

test("one that meets another generation of its content comes back after it, whatever that came to", async ({
  rig,
}) => {
  const id = await withOlderPrompt(rig);
  await rig.sql`select predraft.request_draft(${id}, true)`;
  const hold = rig.model.hold();
  await rig.start();
  await hold.arrived();
  await addJob(rig, id, 1);
  await until(
    async () =>
      (await rig.sql`select from predraft.queue where job_key = ${`later:${id}:backfill`}`).length === 1,
    { what: "the backfill's job is parked" },
  );
  hold.release({ kind: "status", status: 400, headers: {} });
  await rig.drafted(id, (d) => d["prompt_version"] === promptVersions.question);
  await rig.idle();
  expect(rig.model.billed()).toHaveLength(1);
});

test("a model that fails leaves the older draft where it is", async ({ rig }) => {
  const id = await withOlderPrompt(rig);
  rig.model.script(() => ({ kind: "status", status: 400, headers: {} }));
  await rig.start();
  await run(rig, { olderPrompts: true });
  await until(() => rig.model.calls().length > 0, { what: "the model is asked" });
  await rig.idle();
  expect(await text(rig, id)).toBe("По старому промпту.");
});

test("the daily limit holds for a backfill, and the older drafts stay meanwhile", async ({ rig }) => {
  await rig.set("ai_draft_daily_limit", "1");
  const ids = [await withOlderPrompt(rig), await withOlderPrompt(rig)];
  await rig.start();
  expect((await run(rig, { olderPrompts: true })).out).toMatch(
    /at most 1 drafts a seller and day.*2 days for a seller with 2$/m,
  );
  await until(
    async () =>
      (await rig.sql`select from predraft.queue where reason = 'parked' and priority = 'backfill'`).length ===
      1,
    { what: "the other one is parked" },
  );
  await until(
    async () => {
      const texts = await Promise.all(ids.map((id) => text(rig, id)));
      return texts.filter((t) => t !== "По старому промпту.").length === 1;
    },
    { what: "the first one has its new draft" },
  );
  expect(rig.model.billed()).toHaveLength(1);
});

test("what is too old to be drafted by itself is drafted when a person asks for it by --since", async ({
  rig,
}) => {
  const id = await rig.insert({ occurred_at: new Date(Date.now() - 100 * 86_400_000) });
  await rig.start();
  await rig.idle();
  expect(rig.model.calls()).toHaveLength(0);
  expect((await run(rig)).out).toContain("Backfill: 0 open interactions");
  expect((await run(rig, { since: new Date(Date.now() - 200 * 86_400_000) })).out).toContain("1 job added");
  await rig.drafted(id);
  await rig.idle();
  expect(rig.model.billed()).toHaveLength(1);
});

test("fresh work of any priority goes before a backfill", async ({ rig }) => {
  await rig.set("ai_draft_concurrency", "1");
  await rig.set("ai_draft_urgent_reserve", "0");
  for (const n of [1, 2, 3]) await withOlderPrompt(rig, { text: `старый ${n}` });
  await run(rig, { olderPrompts: true });
  const fresh = await rig.insert({ text: "свежий", priority: "low", occurred_at: new Date("2026-01-01") });
  await rig.set("ai_draft_max_age_days", "3650");
  await rig.start();
  await rig.drafted(fresh);
  await rig.idle();
  expect(rig.model.calls().map((call) => call.messages.join().includes("свежий"))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("a prompt that came back brings its draft back without a call", async ({ rig }) => {
  const id = await rig.insert();
  await takeJobs(rig.sql);
  await saveDraft(rig.sql, id, { prompt_version: promptVersions.question, text: "Тот самый." });
  await saveDraft(rig.sql, id, { prompt_version: "between", text: "Другой." });
  await rig.start();
  expect((await run(rig, { olderPrompts: true })).out).toMatch(
    /cost: nothing[\s\S]*no call is needed for 1 of them/,
  );
  await rig.drafted(id, (d) => d.text === "Тот самый.");
  await rig.idle();
  expect(rig.model.calls()).toHaveLength(0);
});
