import { describe, expect } from "vitest";
import type { PredraftError } from "../../src/errors.ts";
import { createOpenAIProvider } from "../../src/llm/openai.ts";
import type { GenerateRequest } from "../../src/llm/provider.ts";
import { closedPort } from "../helpers/closed-port.ts";
import {
  answer,
  answerText,
  content,
  type ModelServer,
  type Reply,
  status,
} from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";

const secret = "Тайна-покупателя";
const key = "sk-nobody-may-read-this";
const request = {
  brief: {},
  prompt: { version: "1", system: "Правила.", user: `Вопрос: ${secret}` },
} as unknown as GenerateRequest;

function ask(model: Pick<ModelServer, "baseUrl">, signal = new AbortController().signal, timeoutMs = 5_000) {
  const provider = createOpenAIProvider({ apiKey: key, baseUrl: model.baseUrl, model: "m-1", timeoutMs });
  return provider.generate(request, signal);
}

async function failure(work: Promise<unknown>): Promise<PredraftError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  const { message, hint, stack } = error as PredraftError;
  expect([message, hint, stack].join("\n"), "an error never quotes").not.toMatch(
    new RegExp(`${secret}|${key}|Здравствуйте`),
  );
  return error as PredraftError;
}

const inOrder =
  (...replies: Reply[]) =>
  ({ n }: { n: number }) =>
    replies[n - 1];

describe("a call through the openai SDK", () => {
  test("sends the prompt as it is, asks for JSON, and shows the key", async ({ model }) => {
    const completion = await ask(model);
    expect(completion).toEqual({
      answer: expect.objectContaining({ text: answerText(1), intent: "other" }),
      responseModel: "m-1-2026",
      finishReason: "stop",
      usage: { inputTokens: 100, cachedInputTokens: 64, outputTokens: 20 },
    });
    const [call] = model.calls();
    expect(call).toMatchObject({
      authorization: `Bearer ${key}`,
      messages: ["Правила.", `Вопрос: ${secret}`],
    });
    expect(call?.body).toMatchObject({
      path: "/v1/chat/completions",
      model: "m-1",
      response_format: { type: "json_object" },
    });
  });

  test("reads an answer that is fenced as Markdown", async ({ model }) => {
    const { content: json } = answer() as { content: string };
    model.script(inOrder(content(`\`\`\`json\n${json}\n\`\`\``)));
    await ask(model);
    expect(model.calls()).toHaveLength(1);
  });

  const unusable: readonly (readonly [string, Reply, RegExp])[] = [
    ["is not JSON", content("Вот ваш ответ:"), /it is not JSON/],
    ["is empty", content(""), /it is empty/],
    ["is null", content(null), /it is empty/],
    ["lacks fields", content('{"text": "Здравствуйте!"}'), /intent, sentiment, sla_priority/],
    ["has an empty text", answer({ text: "  " }), /not as asked for: text/],
    ["has an unknown intent", answer({ intent: "небывалое" }), /not as asked for: intent/],
    ["has no choices", { kind: "raw", body: '{"choices": []}', type: "application/json" }, /it is empty/],
    ["is another object", { kind: "raw", body: "{}", type: "application/json" }, /it is empty/],
    ["is a proxy's page", { kind: "raw", body: "<html>", type: "text/html" }, /it is empty/],
  ];

  test.for(unusable)(
    "asks once more where the answer %s, and adds the tokens up",
    async ([, bad, problem], { model }) => {
      model.script(inOrder(bad));
      const { answer: good, usage } = await ask(model);
      expect(good.text).toBe(answerText(2));
      expect(usage?.outputTokens).toBe(bad.kind === "raw" ? 20 : 40);
      const repair = model.calls()[1]?.messages.at(-1);
      expect(repair).toMatch(problem);
      expect(repair).not.toContain("небывалое");
    },
  );

  test.for(unusable)("fails where the answer %s twice, without a third call", async ([, bad], { model }) => {
    model.script(inOrder(bad, bad));
    const error = await failure(ask(model));
    expect(error).toMatchObject({ code: "model_invalid_answer", retryable: true });
    expect(model.calls()).toHaveLength(2);
  });

  const refusals: readonly (readonly [string, Reply, Partial<PredraftError>])[] = [
    ["500", status(500), { code: "model_unavailable", retryable: true }],
    ["503", status(503), { code: "model_unavailable", retryable: true }],
    ["408", status(408), { code: "model_unavailable", retryable: true }],
    ["429", status(429), { code: "model_throttled", retryable: true, retryAfterMs: undefined }],
    [
      "429 with seconds",
      status(429, { "retry-after": "6" }),
      { code: "model_throttled", retryAfterMs: 6_000 },
    ],
    ["429 with parts of one", status(429, { "retry-after": "0.5" }), { retryAfterMs: 500 }],
    [
      "429 with a day of seconds and more",
      status(429, { "retry-after": "999999" }),
      { retryAfterMs: 3_600_000 },
    ],
    [
      "429 with a past date",
      status(429, { "retry-after": "Thu, 01 Jan 2026 00:00:00 GMT" }),
      { retryAfterMs: 0 },
    ],
    [
      "429 with a far date",
      status(429, { "retry-after": "Thu, 01 Jan 2099 00:00:00 GMT" }),
      { retryAfterMs: 3_600_000 },
    ],
    ["429 with nonsense", status(429, { "retry-after": "soon" }), { retryAfterMs: undefined }],
    ["401", status(401), { code: "model_misconfigured", retryable: false }],
    ["403", status(403), { code: "model_misconfigured", retryable: false }],
    ["404", status(404), { code: "model_misconfigured", retryable: false }],
    ["400", status(400), { code: "model_rejected", retryable: false }],
    ["a connection that breaks off", { kind: "reset" }, { code: "model_unavailable", retryable: true }],
    [
      "JSON that breaks off",
      { kind: "raw", body: '{"choi', type: "application/json" },
      { code: "model_invalid_answer", retryable: true },
    ],
  ];

  test.for(refusals)("answers %s with one error, after one call", async ([, reply, expected], { model }) => {
    model.script(inOrder(reply));
    const error = await failure(ask(model));
    expect(error).toMatchObject(expected);
    expect(model.calls()).toHaveLength(1);
  });

  test("says what to check where the key or the model is wrong", async ({ model }) => {
    model.script(inOrder(status(401), status(404)));
    expect((await failure(ask(model))).message).toContain("check the API key");
    expect((await failure(ask(model))).message).toContain("check LLM_MODEL");
  });

  test("tells a server that nobody runs from one that breaks off", async () => {
    const error = await failure(ask({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` }));
    expect(error).toMatchObject({
      code: "model_unreachable",
      retryable: true,
      hint: expect.stringContaining("LLM_BASE_URL"),
    });
  });

  test("is given up at the time-out", async ({ model }) => {
    model.hold();
    expect(await failure(ask(model, undefined, 50))).toMatchObject({
      code: "model_timeout",
      retryable: true,
    });
  });

  test("is cut off by the signal, before the answer and in the middle of it", async ({ model }) => {
    const hold = model.hold();
    const early = new AbortController();
    const first = failure(ask(model, early.signal));
    const [held] = await hold.arrived();
    early.abort();
    expect((await first).code).toBe("model_aborted");
    await expect.poll(() => held?.end).toBe("cut_off");

    model.script(() => ({ kind: "stall" }));
    const late = new AbortController();
    const second = failure(ask(model, late.signal));
    await expect.poll(() => model.calls()[1]?.status).toBe(200);
    late.abort();
    expect((await second).code).toMatch(/^model_/);
    await expect.poll(() => model.calls()[1]?.end).toBe("cut_off");
  });

  test("does not begin once the signal has fired", async ({ model }) => {
    expect((await failure(ask(model, AbortSignal.abort()))).code).toBe("model_aborted");
    expect(model.calls()).toHaveLength(0);
  });
});
