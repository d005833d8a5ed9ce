import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../helpers/model-server.ts";
import { failure, request, send } from "./ask.ts";
import { dialects } from "./dialects.ts";

const good = (answer() as { content: string }).content;
const mock = new LLMock({ port: 0 });
const server = () => ({ root: mock.url });

beforeAll(async () => {
  await mock.start();
});
afterAll(async () => await mock.stop());

describe.each(dialects)("$what, against somebody else's idea of the wire (aimock)", (dialect) => {
  test("reads the answer and what it counts", async () => {
    mock.reset();
    const usage = { prompt_tokens: 321, completion_tokens: 12, input_tokens: 321, output_tokens: 12 };
    mock.on({}, { content: good, usage });
    const { answer: draft, billed } = await send(dialect, server());
    expect(draft.intent).toBe("other");
    expect(billed[0]?.tokens).toMatchObject({ input: 321, output: 12 });
    expect(mock.getRequests()).toHaveLength(1);
  });

  test("repairs an answer by one more call", async () => {
    mock.reset();
    mock.on({ sequenceIndex: 0 }, { content: "Вот ответ" });
    mock.on({}, { content: good });
    expect((await send(dialect, server())).billed).toHaveLength(2);
  });

  test.each([
    [401, "model_misconfigured"],
    [500, "model_unavailable"],
    [503, "model_unavailable"],
    [400, "model_rejected"],
  ])("takes %i for %s, without a retry of the SDK's", async (status, code) => {
    mock.reset();
    mock.on({}, { content: good });
    mock.nextRequestError(status);
    expect(await failure(send(dialect, server()))).toMatchObject({ code });
    expect(mock.getRequests()).toHaveLength(1);
  });

  test("waits for as long as it is told to", async () => {
    mock.reset();
    mock.on({}, { error: { message: "slow down" }, status: 429, retryAfter: 7 });
    expect(await failure(send(dialect, server()))).toMatchObject({
      code: "model_throttled",
      retryable: true,
      retryAfterMs: 7_000,
    });
  });

  test.each([
    [{ malformedRate: 1 }, "model_invalid_answer"],
    [{ disconnectRate: 1 }, "model_unavailable"],
    [{ dropRate: 1 }, "model_unavailable"],
    [{ rateLimitRate: 1 }, "model_throttled"],
  ])("takes %o for %s", async (chaos, code) => {
    mock.reset();
    mock.on({}, { content: good });
    mock.setChaos(chaos);
    const error = await failure(send(dialect, server())).finally(() => mock.clearChaos());
    expect(error).toMatchObject({ code, retryable: true });
  });
});

const withKey = dialects.filter(({ keyName }) => process.env[keyName] !== undefined);

// Costs a fraction of a cent each, and runs only where a key is set.
for (const dialect of withKey.filter(({ what }) => what !== "a compatible server")) {
  test(`${dialect.what} itself answers as asked for`, { timeout: 60_000 }, async () => {
    const provider = dialect.create({
      apiKey: process.env[dialect.keyName] as string,
      baseUrl: undefined,
      model: dialect.realModel,
      timeoutMs: 50_000,
    });
    const prompt = {
      ...request.prompt,
      system:
        "Answer the buyer in Russian. One JSON object: text, intent (other), sentiment (neutral), sla_priority (normal), recommendation_reason (one sentence), needs_escalation (false), escalation_reason (null).",
    };
    const { billed } = await provider.generate({ ...request, prompt }, new AbortController().signal);
    expect(billed.at(-1)?.tokens?.output).toBeGreaterThan(0);
  });
}
