import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { answer, type Call, type ModelServer, status } from "../helpers/model-server.ts";
import { test as base } from "../helpers/rig.ts";

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

interface Asking {
  /** Writes a file of these lines, texts as they are, and answers with its path. */
  file(lines: readonly unknown[]): Promise<string>;
  /** Runs `predraft eval` against the model's server. */
  run(args: readonly string[]): Promise<{ code: unknown; out: string; err: string }>;
  readonly env: Record<string, string>;
}

const test = base.extend<{ asking: Asking }>({
  asking: async ({ model }, use) => {
    const directory = await mkdtemp(join(tmpdir(), "predraft-eval-"));
    const env = { OPENAI_API_KEY: "sk-secret", LLM_BASE_URL: model.baseUrl, LLM_MODEL: "test-model" };
    await use({
      env,
      async file(lines) {
        const path = join(directory, "set.ndjson");
        await writeFile(path, lines.map((l) => (typeof l === "string" ? l : JSON.stringify(l))).join("\n"));
        return path;
      },
      async run(args) {
        const command = runCli(["eval", ...args], env);
        return { code: await command.ended, out: command.out(), err: command.err() };
      },
    });
    await rm(directory, { recursive: true });
  },
});

/** Answers as labelled, but for what `wrong` says of a number. */
function answerFromLabels(model: ModelServer, wrong: Readonly<Record<number, object>> = {}): void {
  model.script((call) => answer({ ...labels, ...wrong[numberOf(call)] }));
}

test("agreement, cost and tokens are those of the answers; the worst are named by id, and no text is shown", async ({
  asking,
  model,
}) => {
  answerFromLabels(model, {
    2: { intent: "other" },
    5: { intent: "other", sla_priority: "low" },
    7: { sentiment: "negative" },
  });
  const file = await asking.file(lines(10));
  const prices = JSON.stringify({ "test-model": { input: 1, cached: 0.1, output: 2 } });
  const { code, out } = await asking.run([file, "--json", "--prices", prices]);
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
  expect(out).not.toMatch(/ткань|Здравствуйте|sk-secret/);

  const table = await asking.run([file]);
  expect(table.out).toMatch(/intent +80\.0% +8\/10[\s\S]*priority.*1 less urgent/);
  expect(table.out).toMatch(/q-5 +availability → other · high → low/);
  expect(table.out + table.err).not.toMatch(/ткань|Здравствуйте|sk-secret/);
  expect((await asking.run([file, "--show-texts"])).out).toContain("ткань «дзета»");
  expect(model.calls()).toHaveLength(30);
});

test("a share under its threshold is exit code 1", async ({ asking, model }) => {
  answerFromLabels(model, { 0: { intent: "other" } });
  const file = await asking.file(lines(4));
  expect(await asking.run([file, "--min-intent", "0.75"])).toMatchObject({ code: 0 });
  const { code, out } = await asking.run([file, "--min-intent", "0.76", "--min-sentiment", "1"]);
  expect(code).toBe(1);
  expect(out).toMatch(/below +intent: 0\.750, asked for at least 0\.76/);
  expect(out).not.toMatch(/below +sentiment/);
});

test("a service that asks to wait is waited for by all calls, and none fails", async ({ asking, model }) => {
  answerFromLabels(model);
  model.script((call) => (call.n <= 2 ? status(429, { "retry-after": "1" }) : undefined));
  const { code, out, err } = await asking.run([await asking.file(lines(6)), "--concurrency", "2"]);
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("asks to wait 1 s") });
  expect(out).toContain("6 answered");
  const [first, second, ...rest] = model.calls();
  expect(rest).toHaveLength(6);
  const told = Math.min(first?.at ?? 0, second?.at ?? 0);
  for (const call of rest) expect(call.at - told).toBeGreaterThanOrEqual(990);
});

test("a call that fails is tried three times, told by id, and exit code 1", async ({ asking, model }) => {
  answerFromLabels(model);
  model.script((call) => (numberOf(call) === 1 ? status(500) : undefined));
  const { code, out } = await asking.run([await asking.file(lines(3))]);
  expect(code).toBe(1);
  expect(out).toMatch(/2 answered.*1 failed[\s\S]*failed +q-1: The model's service failed \(500\)/);
  expect(model.calls("«бета»")).toHaveLength(3);
});

test("a call that fails once is made again", async ({ asking, model }) => {
  answerFromLabels(model);
  model.script((call) => (call.n === 1 ? status(503) : undefined));
  expect(await asking.run([await asking.file(lines(2))])).toMatchObject({
    code: 0,
    out: expect.stringContaining("2 answered"),
  });
});

test("a wrong key ends it at once, with one message", async ({ asking, model }) => {
  model.script(() => status(401));
  const { code, err } = await asking.run([await asking.file(lines(10)), "--concurrency", "2"]);
  expect(code).toBe(1);
  expect(err).toContain("predraft: The model's service refuses us (401): check the API key");
  expect(model.calls().length).toBeLessThanOrEqual(2);
});

test("bad lines are refused by number with what is wrong, the others are asked, and exit code 1", async ({
  asking,
  model,
}) => {
  answerFromLabels(model);
  const set = [
    line(0),
    "",
    '{"id": "кто-то',
    line(1, { labels: { ...labels, intent: "секрет" } }),
    line(0),
    line(2, { channel: "chat", text: undefined }),
    line(3, { mood: 1 }),
    line(4, { channel: "review", rating: 6 }),
    line(5),
  ];
  const { code, out } = await asking.run([await asking.file(set)]);
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

test("no more calls are under way than asked for, and Ctrl-C prints what is there", async ({
  asking,
  model,
}) => {
  answerFromLabels(model);
  const hold = model.hold();
  const command = runCli(["eval", await asking.file(lines(9)), "--concurrency", "3"], asking.env);
  await hold.arrived(3);
  expect(model.calls()).toHaveLength(3);
  hold.release();
  await command.says("asked: 9 of 9");
  expect(await command.ended).toBe(0);

  const second = model.hold();
  const stopped = runCli(["eval", await asking.file(lines(9)), "--concurrency", "3"], asking.env);
  await second.arrived(3);
  stopped.child.kill("SIGINT");
  expect(await stopped.ended).toBe(1);
  expect(stopped.out()).toMatch(/0 answered.*stopped before 9 others/);
  expect(model.calls()).toHaveLength(12);
});

test("reviews without text are left out, since no model is ever asked for them", async ({
  asking,
  model,
}) => {
  answerFromLabels(model);
  const rating = line(1, { channel: "review", rating: 5, text: " " });
  const { code, out } = await asking.run([await asking.file([line(0), rating])]);
  expect({ code, out }).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 review without text left out"),
  });
  expect(model.calls()).toHaveLength(1);
});

test("the offline provider goes by the rules in the lines, or by a database's where one is named", async ({
  asking,
  db,
}) => {
  const wrong = line(0, { rules: { cues: ["defect"], priority: "urgent" } });
  const file = await asking.file([wrong]);
  const run = async (env: Record<string, string>) => {
    const command = runCli(["eval", file, "--json"], env);
    await command.ended;
    return JSON.parse(command.out());
  };
  expect((await run({})).agreement).toMatchObject({ intent: { agreed: 0 }, sla_priority: { agreed: 0 } });
  expect((await run({ DATABASE_URL: db.url })).agreement).toMatchObject({
    intent: { agreed: 1 },
    sla_priority: { agreed: 1 },
  });
});

test("the set that comes with predraft runs offline, without a database, from standard input as well", async () => {
  const command = runCli(["eval", shipped, "--json"], {});
  expect(await command.ended).toBe(0);
  expect(JSON.parse(command.out()).count).toMatchObject({ answered: 120, refused: 0 });
  const cat = spawn("cat", [shipped]);
  const piped = runCli(["eval", "-", "--json"], {}, cat.stdout);
  expect(await piped.ended).toBe(0);
  expect(JSON.parse(piped.out()).count).toMatchObject({ answered: 120 });
});

test("a file that is not there, and odd options, are one clear message", async ({ asking }) => {
  expect((await asking.run(["/nowhere"])).err).toMatch(
    /^predraft: cannot read \/nowhere: there is no such file\n/,
  );
  expect((await asking.run([shipped, "--min-intent", "80"])).err).toContain("Give a share from 0 to 1");
  expect((await asking.run([shipped, "--concurrency", "0"])).err).toContain("whole number from 1 to 64");
  expect((await asking.run([shipped, "--prices", "{"])).err).toContain("USD a million tokens");
});
