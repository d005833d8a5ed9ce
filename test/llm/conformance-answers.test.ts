import { describe, expect } from "vitest";
import { answer, answerText, content, declined, type Reply, status } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { failure, inOrder, send } from "./ask.ts";
import { dialects } from "./dialects.ts";

const good = (answer() as { content: string }).content;
const text = answerText(0);
/** Another draft, as a model writes one down while it thinks. */
const drafted = good.replace("Здравствуйте", "Черновик");
const asText = (shape: "parts" | "tool"): Reply => ({ kind: "answer", content: good, shape });
const withFields = (fields: Readonly<Record<string, unknown>>): Reply => answer({ text, ...fields });

const usable: readonly (readonly [string, Reply])[] = [
  ["prose before it", content(`Вот ответ покупателю:\n\n${good}`)],
  ["prose with braces before it", content(`Формат {text, "intent"} соблюдён: ${good}`)],
  ["prose after it", content(`${good}\n\nНадеюсь, это поможет {удачи}!`)],
  ["a byte-order mark before it", content(`\uFEFF${good}`)],
  ["thoughts without their opening tag", content(`Хм, {"text": 1}\n${drafted}\n</think>\n\n${good}`)],
  ...["think", "thinking", "thought", "reasoning", "THINK"].map(
    (tag) => [`thoughts in <${tag}>`, content(`<${tag}>\n${drafted}\n</${tag}>\n${good}`)] as const,
  ),
  ["itself a second time", content(`${drafted}\n${good}`)],
  ["a half of itself behind it", content(`${good}\n${good.slice(0, 40)}`)],
  ["a fence in the middle of prose", content(`Ответ:\n\`\`\`json\n${good}\n\`\`\`\nГотово.`)],
  ["an array around it", content(`[${good}]`)],
  ["another object around it", content(`{"draft": ${good}}`)],
  ["quotes around it, as a JSON string", content(JSON.stringify(good))],
  ["a comma after its last field", content(good.replace(/\}$/, ",}"))],
  ["real line ends in its strings", content(good.replace("Здравствуйте! ", "Здравствуйте! \n"))],
  ["its content in parts, thoughts among them", asText("parts")],
  ["the arguments of a tool in its place", asText("tool")],
  [
    "its values in other cases",
    withFields({ sentiment: "Neutral", sla_priority: "NORMAL", intent: "Other" }),
  ],
  ["other words for its values", withFields({ sentiment: "нейтральная", sla_priority: "medium" })],
  ["a flag as text", withFields({ needs_escalation: "false", escalation_reason: "" })],
];

describe.each(dialects)("an answer of $what", (dialect) => {
  test.for(usable)("with %s is used as it is, in one call", async ([, reply], { model }) => {
    model.script(() => reply);
    const { answer: read, billed } = await send(dialect, model);
    expect(billed).toHaveLength(1);
    expect(model.calls()).toHaveLength(1);
    expect(read.text.replaceAll(/\s+/g, " ")).toBe(text);
    expect(read).toMatchObject({ intent: "other", sentiment: "neutral", sla_priority: "normal" });
    expect(read.needs_escalation).toBe(false);
  });

  test("whose notes are too long is cut there, and never in its text", async ({ model }) => {
    const long = "Покупатель ждёт. ".repeat(60);
    model.script(() => withFields({ recommendation_reason: long }));
    const { answer: read, billed } = await send(dialect, model);
    expect(billed).toHaveLength(1);
    expect(read.recommendation_reason).toHaveLength(500);
    model.script(inOrder(undefined as never, answer({ text: "Ответ. ".repeat(1_000) })));
    expect((await send(dialect, model)).billed, "too long a text is asked for once more").toHaveLength(2);
  });

  test("that is only a thought which never ended is not what was thought of", async ({ model }) => {
    model.script(inOrder(content(`<think>Может, так: ${drafted} или`)));
    expect((await send(dialect, model)).answer.text).toBe(answerText(2));
  });

  for (const shape of ["filtered", "declined"] as const)
    test(`that is ${shape} is an error after one call, which is billed`, async ({ model }) => {
      model.script(() => declined(shape));
      expect(await failure(send(dialect, model))).toMatchObject({
        code: "model_refused",
        retryable: true,
        billed: [expect.objectContaining({ responseModel: "m-1-2026" })],
      });
      expect(model.calls()).toHaveLength(1);
    });

  test("that was cut off at its greatest length is asked for again, shorter", async ({ model }) => {
    model.script(inOrder({ kind: "answer", content: good.slice(0, -30), shape: "length" }));
    expect((await send(dialect, model)).billed).toHaveLength(2);
    expect(model.calls()[1]?.messages.at(-1)).toContain("has to be shorter");
  });
});

/** What each service is sent that it may not know, and how it may say so. */
const parameters: readonly (readonly [string, string, (name: string) => Reply])[] = [
  ["openai", "response_format", openAIs],
  [
    "openai",
    "response_format",
    (name) => status(400, {}, JSON.stringify({ detail: `Unknown field: ${name}` })),
  ],
  ["a compatible server", "response_format", openAIs],
  [
    "a compatible server",
    "response_format",
    () =>
      status(
        400,
        {},
        JSON.stringify({ object: "error", message: "json_object is not supported, json mode" }),
      ),
  ],
  ["deepseek", "thinking", openAIs],
  ["deepseek", "max_tokens", openAIs],
  [
    "deepseek",
    "user_id",
    (name) =>
      status(
        422,
        {},
        JSON.stringify({ detail: [{ loc: ["body", name], msg: "Extra inputs are not permitted" }] }),
      ),
  ],
  ["anthropic", "output_config", openAIs],
  ["anthropic", "thinking", openAIs],
];
function openAIs(name: string): Reply {
  const error = { message: `Unsupported parameter: '${name}' with this model.`, param: name };
  return status(400, {}, JSON.stringify({ error }));
}

describe("a parameter that a service refuses", () => {
  test.for(parameters)(
    "(%s, %s) is left out at once, and from then on",
    async ([what, name, refusal], { model }) => {
      const dialect = dialects.find((one) => one.what === what) as (typeof dialects)[number];
      const provider = dialect.create({
        apiKey: "k",
        baseUrl: dialect.address(model.root),
        model: "m-1",
        timeoutMs: 5_000,
      });
      model.script(({ body }) => (name in body && !isJsonObject(body[name]) ? refusal(name) : undefined));
      if (what !== "openai") model.script(({ body }) => (name in body ? refusal(name) : undefined));
      const { request } = await import("./ask.ts");
      const generate = () => provider.generate(request, new AbortController().signal);
      expect((await generate()).billed).toHaveLength(1);
      expect(model.calls().map((call) => call.status)).toEqual(
        [400, 200].map((n) => (n === 400 ? expect.any(Number) : n)),
      );
      await generate();
      expect(model.calls()).toHaveLength(3);
      expect(model.calls()[2]?.status).toBe(200);
    },
  );

  test("may be replaced by its younger name", async ({ model }) => {
    const [, , deepseek] = dialects;
    model.script(({ body }) =>
      "max_tokens" in body
        ? status(
            400,
            {},
            JSON.stringify({
              error: { message: "Use 'max_completion_tokens' instead of 'max_tokens'.", param: "max_tokens" },
            }),
          )
        : undefined,
    );
    await send(deepseek as (typeof dialects)[number], model);
    expect(model.calls()[1]?.body).toMatchObject({ max_completion_tokens: 2_048 });
  });

  test("that is refused in every form ends as a refusal, not in a circle", async ({ model }) => {
    const [openai] = dialects;
    model.script(() => openAIs("response_format"));
    expect((await failure(send(openai as (typeof dialects)[number], model))).code).toBe("model_rejected");
    expect(
      model.calls().map(({ body }) => (body["response_format"] as { type: string } | undefined)?.type),
    ).toEqual(["json_schema", "json_object", undefined]);
  });
});

const isJsonObject = (value: unknown): boolean => (value as { type?: string })?.type === "json_object";
