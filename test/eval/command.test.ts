import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { test } from "../helpers/eval.ts";
import { answer, type Call, type ModelServer, status } from "../helpers/model-server.ts";
import { until } from "../helpers/until.ts";

const shipped = fileURLToPath(new URL("../../eval/interactions.ndjson", import.meta.url));
const marks = ["альфа", "бета", "гамма", "дельта", "эпсилон", "дзета", "эта", "тета", "йота", "каппа"];
const labels = {
  intent: "availability",
  sentiment: "neutral",
  sla_priority: "high",
  needs_escalation: false,
};

/** A question that is found again in the prompt by its mark. */
const line = (n: number, over: Readonly<Record<string, unknown>> = {}) => ({
  id: `q-${n}`,
  channel: "question",
  text: `Появится ли ткань «${marks[n]}» в продаже?`,
  labels,
  ...over,
});
const lines = (count: number) => Array.from({ length: count }, (_, n) => line(n));
const numberOf = (call: Call): number =>
  marks.findIndex((mark) => call.messages.join().includes(`«${mark}»`));
/** Buyers' words, drafts and keys: nothing of this is printed unless asked for. */
const secrets = /ткань|Здравствуйте|sk-test/;

/** Answers as labelled, but for what `wrong` says of a number. */
function answerFromLabels(model: ModelServer, wrong: Readonly<Record<number, object>> = {}): void {
  model.script((call) => answer({ ...labels, ...wrong[numberOf(call)] }));
}

test("agreement, cost and tokens are those of the answers; the worst are named by id, and no text is shown", async ({
  evaluating,
  model,
}) => {
  answerFromLabels(model, {
    2: { intent: "other" },
    5: { intent: "other", sla_priority: "low" },
    7: { sentiment: "negative" },
  });
  const prices = { "test-model": { input: 1, cached: 0.1, output: 2 } };
  const { code, out } = await evaluating.run(lines(10), { json: true, prices });
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report).toMatchObject({
    provider: "openai",
    model: "test-model",
    count: { answered: 10, failed: 0, refused: 0, wordless: 0, unasked: 0 },
    agreement: {
      intent: { agreed: 8, of: 10, share: 0.8, by_channel: { question: { agreed: 8, of: 10 } } },
      sentiment: { agreed: 9, of: 10 },
      sla_priority: { agreed: 9, of: 10 },
    },
    understated: 1,
    confusions: [{ labelled: "availability", answered: "other", times: 2 }],
    figures: { tokens: { input: 1_000, cached_input: 640, output: 200 } },
  });
  expect(report.figures.cost_usd).toBeCloseTo((360 * 1 + 640 * 0.1 + 200 * 2) / 1e6, 12);
  expect(report.disagreements.map(({ id }: { id: string }) => id)).toEqual(["q-5", "q-2", "q-7"]);
  expect(out).not.toMatch(secrets);

  const table = await evaluating.run(lines(10));
  expect(table.out).toMatch(/intent +80\.0% +8\/10[\s\S]*priority.*1 less urgent/);
  expect(table.out).toMatch(/q-5 +availability → other · high → low/);
  expect(table.out + table.notes).not.toMatch(secrets);
  expect((await evaluating.run(lines(10), { showTexts: true })).out).toContain("ткань «дзета»");
  expect(model.calls()).toHaveLength(30);
});

test("what the guardrails still find after the repair call is counted by code, and the repair is billed", async ({
  evaluating,
  model,
}) => {
  model.script((call) =>
    answer({ ...labels, text: numberOf(call) === 1 ? "Я бот и помогу вам." : "Здравствуйте!" }),
  );
  const { out } = await evaluating.run(lines(3), { json: true });
  expect(JSON.parse(out)).toMatchObject({
    guardrails: {
      drafts_with_errors: 1,
      by_code: expect.arrayContaining([{ code: "ai_mention", severity: "error", drafts: 1, ids: ["q-1"] }]),
    },
    figures: { calls: 4 },
  });
  expect((await evaluating.run(lines(3))).out).toMatch(
    /Guardrails: 2 drafts without a finding.*1 with errors[\s\S]*ai_mention +q-1/,
  );
});

test("a share under its threshold is exit code 1", async ({ evaluating, model }) => {
  answerFromLabels(model, { 0: { intent: "other" } });
  expect(await evaluating.run(lines(4), { thresholds: { intent: 0.75 } })).toMatchObject({ code: 0 });
  const { code, out } = await evaluating.run(lines(4), { thresholds: { intent: 0.76, sentiment: 1 } });
  expect(code).toBe(1);
  expect(out).toMatch(/below +intent: 0\.750, asked for at least 0\.76/);
  expect(out).not.toMatch(/below +sentiment/);
});

test("a service that asks to wait is waited for by all calls, and none fails", async ({
  evaluating,
  model,
}) => {
  answerFromLabels(model);
  model.script((call) => (call.n <= 2 ? status(429, { "retry-after": "1" }) : undefined));
  const { code, out, notes } = await evaluating.run(lines(6), { concurrency: 2 });
  expect({ code, notes }).toMatchObject({ code: 0, notes: expect.stringContaining("asks to wait 1 s") });
  expect(out).toContain("6 answered");
  const [first, second, ...rest] = model.calls();
  expect(rest).toHaveLength(6);
  const told = Math.min(first?.at ?? 0, second?.at ?? 0);
  for (const call of rest) expect(call.at - told).toBeGreaterThanOrEqual(990); // its asking, not our speed
});

test("a call that fails is tried three times, told by id, and exit code 1", async ({ evaluating, model }) => {
  answerFromLabels(model);
  model.script((call) => (numberOf(call) === 1 ? status(500) : undefined));
  const { code, out } = await evaluating.run(lines(3));
  expect(code).toBe(1);
  expect(out).toMatch(/2 answered.*1 failed[\s\S]*failed +q-1: The model's service failed \(500\)/);
  expect(model.calls("«бета»")).toHaveLength(3);
});

test("a call that fails once is made again", async ({ evaluating, model }) => {
  answerFromLabels(model);
  model.script((call) => (call.n === 1 ? status(503) : undefined));
  expect(await evaluating.run(lines(2))).toMatchObject({
    code: 0,
    out: expect.stringContaining("2 answered"),
  });
});

test("a wrong key ends it at once, with one message", async ({ evaluating, model }) => {
  model.script(() => status(401));
  await expect(evaluating.run(lines(10), { concurrency: 2 })).rejects.toMatchObject({
    code: "model_misconfigured",
    message: expect.stringContaining("check the API key"),
  });
  expect(model.calls().length).toBeLessThanOrEqual(2);
});

test("bad lines are refused by number with what is wrong, the others are asked, and exit code 1", async ({
  evaluating,
  model,
}) => {
  answerFromLabels(model);
  const { code, out } = await evaluating.run([
    line(0),
    "",
    '{"id": "кто-то',
    line(1, { labels: { ...labels, intent: "секрет" } }),
    line(0),
    line(2, { channel: "chat", text: undefined }),
    line(3, { mood: 1 }),
    line(4, { channel: "review", rating: 6 }),
    line(5),
  ]);
  expect(code).toBe(1);
  expect(out).toContain("2 answered");
  expect(out).toMatch(/line 3: is not a JSON object/);
  expect(out).toMatch(/line 4: labels: must be one of delivery_status/);
  expect(out).toMatch(/line 5: id: stands in an earlier line/);
  expect(out).toMatch(/line 6: thread: a chat needs/);
  expect(out).toMatch(/line 7: "mood": not known here/);
  expect(out).toMatch(/line 8: rating: must be a whole number from 1 to 5/);
  expect(out).not.toMatch(/секрет|кто-то/);
});

test("no more calls are under way than asked for", async ({ evaluating, model }) => {
  answerFromLabels(model);
  const hold = model.hold();
  const running = evaluating.run(lines(9), { concurrency: 3 });
  await hold.arrived(3);
  expect(model.calls()).toHaveLength(3);
  hold.release();
  expect((await running).code).toBe(0);
});

test("a stop cuts off what is under way, begins nothing more, and prints what is there", async ({
  evaluating,
  model,
}) => {
  answerFromLabels(model);
  const stop = new AbortController();
  const hold = model.hold("«гамма»");
  const running = evaluating.run(lines(9), { concurrency: 1 }, { stopping: stop.signal });
  await hold.arrived();
  stop.abort();
  const { code, out } = await running;
  expect({ code, out }).toMatchObject({
    code: 1,
    out: expect.stringMatching(/2 answered.*stopped before 7 others/),
  });
  expect(model.calls()).toHaveLength(3);
});

test("reviews without text are left out, since no model is ever asked for them", async ({
  evaluating,
  model,
}) => {
  answerFromLabels(model);
  const rating = line(1, { channel: "review", rating: 5, text: " " });
  expect(await evaluating.run([line(0), rating])).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 review without text left out"),
  });
  expect(model.calls()).toHaveLength(1);
});

test("the offline provider goes by the rules in the lines, or by a database's where one is named", async ({
  evaluating,
  db,
}) => {
  const llm = {
    provider: "offline",
    model: undefined,
    keys: {},
    baseUrls: {},
    timeoutMs: 1_000,
  } as const;
  const wrong = line(0, { rules: { cues: ["defect"], priority: "urgent" } });
  const agreement = async (databaseUrl: string | undefined) => {
    const { out } = await evaluating.run([wrong], { json: true }, { config: { llm, databaseUrl } });
    return JSON.parse(out).agreement;
  };
  expect(await agreement(undefined)).toMatchObject({ intent: { agreed: 0 }, sla_priority: { agreed: 0 } });
  expect(await agreement(db.url)).toMatchObject({ intent: { agreed: 1 }, sla_priority: { agreed: 1 } });
  const { notes } = await evaluating.run([line(0)], {}, { config: { llm, databaseUrl: undefined } });
  expect(notes).toContain("1 lines carry no rules");
});

test("from the shell: the set that comes with predraft, offline and without a database, piped as well", {
  timeout: 60_000,
}, async () => {
  const cat = spawn("cat", [shipped]);
  const piped = runCli(["eval", "-", "--json"], {}, undefined, cat.stdout);
  expect(await piped.ended).toBe(0);
  expect(JSON.parse(piped.out()).count).toMatchObject({ answered: 120, refused: 0 });
});

test("from the shell: Ctrl-C, a file that is not there, and odd options", {
  timeout: 60_000,
}, async ({ evaluating, model }) => {
  model.hold();
  const env = { OPENAI_API_KEY: "sk-test", LLM_BASE_URL: model.baseUrl, LLM_MODEL: "test-model" };
  const stopped = runCli(["eval", await evaluating.file(lines(5)), "--concurrency", "3"], env);
  await until(() => model.calls().length === 3, { what: "three calls are under way", timeoutMs: 40_000 });
  stopped.child.kill("SIGINT");
  expect(await stopped.ended).toBe(1);
  expect(stopped.out()).toMatch(/0 answered.*stopped before 5 others/);
  expect(stopped.out() + stopped.err()).not.toMatch(secrets);

  const refused = async (...args: string[]) => {
    const command = runCli(["eval", ...args], env);
    expect(await command.ended).toBe(1);
    return command.err();
  };
  expect(await refused("/nowhere")).toMatch(/^predraft: cannot read \/nowhere: there is no such file\n/);
  expect(await refused(shipped, "--min-intent", "80")).toContain("Give a share from 0 to 1");
  expect(await refused(shipped, "--prices", "{")).toContain("USD a million tokens");
});
