import { describe, expect } from "vitest";
import type { ModelError } from "../../src/llm/errors/model-error.ts";
import { closedPort } from "../helpers/closed-port.ts";
import { errorInBody, type Reply, status } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { failure, inOrder, send } from "./ask.ts";
import { dialects } from "./dialects.ts";

const down = { code: "model_unavailable", retryable: true } as const;
const throttled = { code: "model_throttled", retryable: true } as const;
const misconfigured = { code: "model_misconfigured", retryable: false } as const;
const after = (text: string) => status(429, { "retry-after": text });
const declinedError = { code: "model_refused", retryable: true } as const;
/** A refusal with words of the service's own, in the shape of OpenAI's. */
const said = (code: number, message: string, more: object = {}) =>
  status(code, {}, JSON.stringify({ error: { message, type: "invalid_request_error", ...more } }));
const inTenSeconds = () => new Date(Date.now() + 10_000).toUTCString();

const refusals: readonly (readonly [string, () => Reply, Partial<ModelError>])[] = [
  ["500", () => status(500), down],
  ["500 with a page", () => status(500, { "content-type": "text/html" }, "<html>Sorry"), down],
  ["502", () => status(502), down],
  ["503", () => status(503), down],
  ["529", () => status(529), down],
  ["408", () => status(408), down],
  ["409", () => status(409), down],
  ["429", () => status(429), { ...throttled, retryAfterMs: undefined }],
  ["429 with seconds", () => after("6"), { ...throttled, retryAfterMs: 6_000 }],
  ["429 with parts of one", () => after("0.5"), { ...throttled, retryAfterMs: 500 }],
  ["429 with a day of seconds and more", () => after("999999"), { retryAfterMs: 3_600_000 }],
  ["429 with a past date", () => after("Thu, 01 Jan 2026 00:00:00 GMT"), { retryAfterMs: 0 }],
  ["429 with a far date", () => after("Thu, 01 Jan 2099 00:00:00 GMT"), { retryAfterMs: 3_600_000 }],
  ["429 with nonsense", () => after("soon"), { ...throttled, retryAfterMs: undefined }],
  ["401", () => status(401), misconfigured],
  ["402", () => status(402), misconfigured],
  ["403", () => status(403), misconfigured],
  ["404", () => status(404), misconfigured],
  ["400", () => status(400), { code: "model_rejected", retryable: false }],
  ["422", () => status(422), { code: "model_rejected", retryable: false }],
  ["425", () => status(425), down],
  ["499", () => status(499), down],
  ["503 with Retry-After", () => status(503, { "retry-after": "7" }), { ...down, retryAfterMs: 7_000 }],
  [
    "429 with milliseconds",
    () => status(429, { "retry-after-ms": "250" }),
    { ...throttled, retryAfterMs: 250 },
  ],
  ["a retired model", () => status(410), misconfigured],
  [
    "a wrong key told as 400",
    () => said(400, "API key not valid. Please pass a valid API key."),
    misconfigured,
  ],
  ["an unknown model told as 400", () => said(400, "The model `m-1` does not exist"), misconfigured],
  ["no credit told as 400", () => said(400, "Your credit balance is too low"), misconfigured],
  ["a filter told as 400", () => said(400, "no", { code: "content_filter" }), declinedError],
  ["a filter told as 403", () => said(403, "Your input was flagged by moderation"), declinedError],
  ["200 with 429 in its body", () => errorInBody({ code: 429, message: "slow down" }), throttled],
  ["200 with 402 in its body", () => errorInBody({ code: "402" }), misconfigured],
  ["200 with 502 in its body", () => errorInBody({ code: 502, message: "bad gateway" }), down],
  ["200 with a wrong key in its body", () => errorInBody({ code: "invalid_api_key" }), misconfigured],
  ["200 with an overload in its body", () => errorInBody({ type: "overloaded_error" }), down],
  ["200 with an error of no name in its body", () => errorInBody("oops"), down],
  [
    "200 with a filter in its body",
    () => errorInBody({ code: "data_inspection_failed", message: "no" }),
    declinedError,
  ],
  ["200 with a page", () => ({ kind: "raw", body: "<html>Login", type: "text/html" }), down],
  ["an answer that its service gave up", () => ({ kind: "answer", content: "", shape: "exhausted" }), down],
  ["a connection that breaks off", () => ({ kind: "reset" }), down],
  ["a body that breaks off", () => ({ kind: "break" }), down],
  [
    "JSON that breaks off",
    () => ({ kind: "raw", body: '{"choi', type: "application/json" }),
    { code: "model_invalid_answer", retryable: true },
  ],
];

describe.each(dialects)("a call to $what", (dialect) => {
  test.for(refusals)(
    "that meets %s is one error after one call, and billed nothing",
    async ([, reply, expected], { model }) => {
      model.script(inOrder(reply()));
      const error = await failure(send(dialect, model));
      expect(error).toMatchObject(expected);
      // What was answered, and counted, is billed whatever it is worth.
      expect(error.billed).toHaveLength(model.calls()[0]?.usage === null ? 0 : 1);
      expect(model.calls()).toHaveLength(1);
    },
  );

  test("that is to wait until a date is told how long that is", async ({ model }) => {
    model.script(inOrder(after(inTenSeconds())));
    const { retryAfterMs } = await failure(send(dialect, model));
    expect(retryAfterMs).toBeGreaterThan(5_000);
    expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  });

  test("says what to put right where key, credit or model is wrong", async ({ model }) => {
    model.script(inOrder(status(401), status(402), status(404)));
    expect((await failure(send(dialect, model))).hint).toContain(dialect.keyName);
    expect((await failure(send(dialect, model))).message).toContain("no credit left");
    expect((await failure(send(dialect, model))).message).toContain("LLM_MODEL");
  });

  test("tells a server that nobody runs from one that breaks off", async () => {
    const error = await failure(send(dialect, { root: `http://127.0.0.1:${await closedPort()}` }));
    expect(error).toMatchObject({
      code: "model_unreachable",
      retryable: true,
      hint: expect.stringContaining("LLM_BASE_URL"),
    });
  });

  test("is given up at the time-out, also in the middle of a body", async ({ model }) => {
    const hold = model.hold();
    const late = { code: "model_timeout", retryable: true };
    expect(await failure(send(dialect, model, undefined, 50))).toMatchObject(late);
    hold.release({ kind: "stall" });
    model.script(() => ({ kind: "stall" }));
    expect(await failure(send(dialect, model, undefined, 150))).toMatchObject(late);
    await expect.poll(() => model.calls().at(-1)?.end).toBe("cut_off");
  });

  test("is cut off by the signal, before the answer and in the middle of it", async ({ model }) => {
    const hold = model.hold();
    const early = new AbortController();
    const first = failure(send(dialect, model, early.signal));
    const [held] = await hold.arrived();
    early.abort();
    expect((await first).code).toBe("model_aborted");
    await expect.poll(() => held?.end).toBe("cut_off");

    model.script(() => ({ kind: "stall" }));
    const late = new AbortController();
    const second = failure(send(dialect, model, late.signal));
    await expect.poll(() => model.calls()[1]?.status).toBe(200);
    late.abort();
    expect((await second).code).toBe("model_aborted");
    await expect.poll(() => model.calls()[1]?.end).toBe("cut_off");
  });

  test("does not begin once the signal has fired", async ({ model }) => {
    expect((await failure(send(dialect, model, AbortSignal.abort()))).code).toBe("model_aborted");
    expect(model.calls()).toHaveLength(0);
  });
});

test("an account that has used up its quota at OpenAI is no throttling", async ({ model }) => {
  const [openai] = dialects;
  const body = JSON.stringify({ error: { message: "no", code: "insufficient_quota" } });
  model.script(inOrder(status(429, {}, body)));
  const error = await failure(send(openai as (typeof dialects)[number], model));
  expect(error).toMatchObject({
    code: "model_misconfigured",
    hint: expect.stringContaining("no credit left"),
  });
});
