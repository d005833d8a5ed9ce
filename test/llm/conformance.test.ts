import { describe, expect, vi } from "vitest";
import { createAnthropicProvider } from "../../src/llm/providers/anthropic.ts";
import { createOpenAIProvider } from "../../src/llm/providers/openai.ts";
import { closedPort } from "../helpers/closed-port.ts";
import { answer, answerText, content, type Reply } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { failure, inOrder, request, secret, send } from "./ask.ts";
import { dialects, key } from "./dialects.ts";

const good = (answer() as { content: string }).content;
const tokens = { input: 100, cached: 64, cacheWrite: 0, output: 20 };
const billedCall = { at: expect.any(Date), responseModel: "m-1-2026", tokens };

describe.each(dialects)("a draft by $what", (dialect) => {
  test("is asked for with the prompt as it is and the key, thinking off", async ({ model }) => {
    const completion = await send(dialect, model);
    expect(completion).toEqual({
      answer: expect.objectContaining({ text: answerText(1), intent: "other", needs_escalation: false }),
      responseModel: "m-1-2026",
      finishReason: expect.stringMatching(/^(stop|end_turn)$/),
      billed: [billedCall],
    });
    const [call] = model.calls();
    expect(call).toMatchObject({
      authorization: `Bearer ${key}`,
      messages: ["Правила.", `Вопрос: ${secret}`],
      body: { model: "m-1", ...dialect.sends },
    });
    expect(JSON.stringify(call?.body), "no id of a seller leaves the process").not.toContain("4711");
  });

  test("is read where it is fenced as Markdown, or follows a model's thinking", async ({ model }) => {
    const fenced = `\`\`\`json\n${good}\n\`\`\``;
    for (const text of [fenced, `<think>Хм {</think>\n${good}`, `<think>Хм</think>\n${fenced}`]) {
      model.script(() => content(text));
      expect((await send(dialect, model)).billed).toHaveLength(1);
    }
  });

  test("that comes in drips is read whole", async ({ model }) => {
    model.script(() => ({ kind: "drip" }));
    expect((await send(dialect, model)).answer.text).toBe(answerText(1));
  });

  test("goes where it was told to, with the key it was given, whatever the SDK finds in the environment", async ({
    model,
  }) => {
    const elsewhere = `http://127.0.0.1:${await closedPort()}`;
    for (const sdk of ["OPENAI", "ANTHROPIC"]) {
      vi.stubEnv(`${sdk}_BASE_URL`, elsewhere);
      vi.stubEnv(`${sdk}_API_KEY`, "sk-of-somebody-else");
    }
    vi.stubEnv("ANTHROPIC_AUTH_TOKEN", "of-somebody-else");
    vi.stubEnv("OPENAI_ORG_ID", "org-of-somebody-else");
    await send(dialect, model).finally(() => vi.unstubAllEnvs());
    expect(model.calls()[0]?.authorization).toBe(`Bearer ${key}`);
  });

  test("without the fields of an escalation asks for none, in one call", async ({ model }) => {
    model.script(() => answer({ needs_escalation: undefined, escalation_reason: undefined }));
    expect((await send(dialect, model)).answer).toMatchObject({
      needs_escalation: false,
      escalation_reason: null,
    });
    model.script(() => answer({ needs_escalation: true, escalation_reason: "Вред здоровью. ".repeat(99) }));
    const { answer: serious } = await send(dialect, model);
    expect(serious.needs_escalation).toBe(true);
    expect(serious.escalation_reason).toHaveLength(500);
    expect(model.calls()).toHaveLength(2);
  });

  const unusable: readonly (readonly [string, Reply, RegExp])[] = [
    ["is not JSON", content("Вот ваш ответ:"), /it is not JSON/],
    ["is JSON that breaks off", content(good.slice(0, -5)), /it is not JSON/],
    ["is empty", content(""), /it is empty/],
    ["is null", content(null), /it is empty/],
    ["lacks fields", content('{"text": "Здравствуйте!"}'), /intent, sentiment, sla_priority/],
    ["has an empty text", answer({ text: "  " }), /not as asked for: text/],
    ["has an unknown intent", answer({ intent: "небывалое" }), /not as asked for: intent/],
    ["is another object", { kind: "raw", body: "{}", type: "application/json" }, /it is empty/],
  ];

  test.for(unusable)(
    "that %s is asked for once more, and both calls are billed",
    async ([, bad, problem], { model }) => {
      model.script(inOrder(bad));
      const { answer: repaired, billed } = await send(dialect, model);
      expect(repaired.text).toBe(answerText(2));
      expect(billed).toEqual([
        bad.kind === "raw" ? { at: expect.any(Date), responseModel: null, tokens: null } : billedCall,
        billedCall,
      ]);
      const [, second] = model.calls();
      expect(second?.messages.at(-1)).toMatch(problem);
      expect(second?.messages.at(-1), "the answer is not quoted").not.toContain("небывалое");
      expect(second?.messages, "no turn is without words").not.toContain("");
    },
  );

  test.for(unusable)("that %s twice has failed, without a third call", async ([, bad], { model }) => {
    model.script(inOrder(bad, bad));
    const error = await failure(send(dialect, model));
    expect(error).toMatchObject({ code: "model_invalid_answer", retryable: true });
    expect(error.billed).toHaveLength(2);
    expect(model.calls()).toHaveLength(2);
  });

  test("whose repair fails or is cut off still says what was billed", async ({ model }) => {
    model.script(inOrder(content("нет"), { kind: "status", status: 500, headers: {} }, content("нет")));
    expect(await failure(send(dialect, model))).toMatchObject({
      code: "model_unavailable",
      retryable: true,
      billed: [billedCall],
    });
    model.script(({ n }) => (n === 4 ? { kind: "stall" } : undefined));
    const cut = new AbortController();
    const ended = failure(send(dialect, model, cut.signal));
    await expect.poll(() => model.calls()[3]?.status).toBe(200);
    cut.abort();
    expect(await ended).toMatchObject({ code: "model_aborted", billed: [billedCall] });
  });
});

describe("what only one service counts", () => {
  const byName = (name: string) => dialects.find(({ what }) => what === name) as (typeof dialects)[number];
  const usage = { input: 1_000, cached: 600, cacheWrite: 0, output: 30 };

  test("DeepSeek's cache is in fields of its own, and each seller has another", async ({ model }) => {
    model.script(() => ({ kind: "answer", content: good, usage }));
    const dialect = byName("deepseek");
    expect((await send(dialect, model)).billed[0]?.tokens).toEqual(usage);
    const provider = dialect.create({ apiKey: key, baseUrl: model.root, model: "m-1", timeoutMs: 5_000 });
    await provider.generate(
      { ...request, brief: { ...request.brief, sellerId: "1" } },
      new AbortController().signal,
    );
    const users = model.calls().map((call) => call.body["user_id"]);
    expect(new Set(users).size).toBe(2);
  });

  test("Anthropic's cache is beside the input, which is all of it here", async ({ model }) => {
    const written = { ...usage, cacheWrite: 150 };
    model.script(() => ({ kind: "answer", content: good, usage: written }));
    expect((await send(byName("anthropic"), model)).billed[0]?.tokens).toEqual(written);
  });

  const thinking: readonly (readonly [string, typeof createOpenAIProvider, object])[] = [
    ["gpt-5-mini", createOpenAIProvider, { reasoning_effort: "minimal" }],
    ["gpt-5.2", createOpenAIProvider, { reasoning_effort: "none" }],
    ["o4-mini-2026-04-16", createOpenAIProvider, { reasoning_effort: "low" }],
    ["gpt-4.1", createOpenAIProvider, {}],
    ["gpt-5-chat-latest", createOpenAIProvider, {}],
    ["claude-haiku-4-5", createAnthropicProvider, { thinking: { type: "disabled" } }],
    ["claude-fable-5", createAnthropicProvider, {}],
  ];

  test.for(thinking)(
    "%s is told as much of thinking as it takes",
    async ([name, create, told], { model }) => {
      const baseUrl = name.startsWith("claude") ? model.root : model.baseUrl;
      await create({ apiKey: key, baseUrl, model: name, timeoutMs: 5_000 }).generate(
        request,
        new AbortController().signal,
      );
      const { reasoning_effort, thinking } = model.calls()[0]?.body ?? {};
      expect(JSON.parse(JSON.stringify({ reasoning_effort, thinking }))).toEqual(told);
    },
  );
});
