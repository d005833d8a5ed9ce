import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { type Breaker, createBreaker } from "../../src/llm/breaker.ts";
import { chainOf } from "../../src/llm/chain.ts";
import type { ModelError } from "../../src/llm/errors/model-error.ts";
import { createCompatibleProvider } from "../../src/llm/providers/openai.ts";
import { answer, content, declined, type ModelServer, type Reply, status } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { failure, request } from "./ask.ts";

const never = new AbortController().signal;
const seconds = (n: number): void => void vi.setSystemTime(Date.now() + n * 1_000);

// The rests are by the clock's time; all else is real.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

function resilient(model: ModelServer, name = "m-1") {
  const heard: string[] = [];
  const provider = createCompatibleProvider({
    apiKey: "k",
    baseUrl: model.baseUrl,
    model: name,
    timeoutMs: 5_000,
  });
  const breaker = createBreaker(provider, {
    onOpen: (_, error) => heard.push(`open: ${error.code}`),
    onClose: () => heard.push("closed"),
  });
  const send = (signal = never) => breaker.provider.generate(request, signal);
  const fails = async (reply: Reply, times = 1): Promise<string[]> => {
    model.script(() => reply);
    const codes: string[] = [];
    for (let n = 0; n < times; n += 1) codes.push((await failure(send())).code);
    model.script(() => answer());
    return codes;
  };
  return { breaker, heard, send, fails };
}

describe("a provider's breaker", () => {
  test("opens at the fifth failure in a row, and lets nobody call for a second", async ({ model }) => {
    const { breaker, heard, send, fails } = resilient(model);
    await fails(status(500), 4);
    await send();
    await fails(status(500), 4);
    expect([breaker.provider.admits, heard]).toEqual([true, []]);
    await fails(status(503));
    expect([breaker.provider.admits, breaker.isClosed, heard]).toEqual([
      false,
      false,
      ["open: model_unavailable"],
    ]);
    const calls = model.calls().length;
    seconds(0.9);
    expect(await failure(send())).toMatchObject({ code: "model_down", billed: [] });
    expect(model.calls()).toHaveLength(calls);
  });

  test("lets one call try after the rest, and is closed by its success", async ({ model }) => {
    const { breaker, heard, send, fails } = resilient(model);
    await fails(status(500), 5);
    seconds(1);
    expect(breaker.provider.admits).toBe(true);
    const hold = model.hold();
    const tried = send();
    await hold.arrived();
    expect(breaker.provider.admits, "while one tries").toBe(false);
    expect((await failure(send())).code).toBe("model_down");
    hold.release();
    await tried;
    expect([breaker.provider.admits, breaker.isClosed]).toEqual([true, true]);
    expect(heard).toEqual(["open: model_unavailable", "closed"]);
    expect(breaker.succeededAt).toBeGreaterThan(0);
  });

  test("rests longer each time, up to ten seconds", async ({ model }) => {
    const { breaker, fails } = resilient(model);
    await fails(status(500), 5);
    for (const rest of [1, 2, 4, 8, 10, 10]) {
      seconds(rest - 0.1);
      expect(breaker.provider.admits, `after ${rest} s less a bit`).toBe(false);
      seconds(0.1);
      expect(breaker.provider.admits, `after ${rest} s`).toBe(true);
      await fails(status(500));
    }
  });

  test("opens at once, and for half a minute, where key or name is refused", async ({ model }) => {
    const { breaker, heard, send, fails } = resilient(model);
    await fails(status(401));
    expect(heard).toEqual(["open: model_misconfigured"]);
    seconds(29.9);
    expect(breaker.provider.admits).toBe(false);
    seconds(0.1);
    await send();
    expect(breaker.isClosed).toBe(true);
  });

  test("is not impressed by being told to wait, nor by one row's own trouble", async ({ model }) => {
    const { breaker, fails } = resilient(model);
    await fails(status(429), 10);
    await fails(status(400), 10);
    expect(breaker.isClosed).toBe(true);
    await fails(status(500), 5);
    seconds(1);
    await fails(status(429));
    expect(breaker.isClosed, "who tells us to wait is up").toBe(true);
    await fails(status(500), 4);
    expect(breaker.isClosed, "and is counted anew").toBe(true);
  });

  test("learns nothing from a call that was cut off: somebody else tries again", async ({ model }) => {
    const { breaker, send, fails } = resilient(model);
    await fails(status(500), 5);
    seconds(1);
    const hold = model.hold();
    const cut = new AbortController();
    const tried = failure(send(cut.signal));
    await hold.arrived();
    cut.abort();
    expect((await tried).code).toBe("model_aborted");
    expect([breaker.isClosed, breaker.provider.admits]).toEqual([false, false]);
    seconds(2);
    expect(breaker.provider.admits).toBe(true);
  });

  test("counts a caller's time-out as one of the service's", async ({ model }) => {
    const { breaker, send } = resilient(model);
    model.hold();
    for (let n = 0; n < 5; n += 1)
      expect((await failure(send(AbortSignal.timeout(20)))).code).toBe("model_timeout");
    expect(breaker.isClosed).toBe(false);
  });

  test("is closed by a reset, and hears no more of what came before it", async ({ model }) => {
    const { breaker, heard, send, fails } = resilient(model);
    await fails(status(500), 5);
    seconds(1);
    const hold = model.hold();
    const tried = failure(send());
    await hold.arrived();
    breaker.reset();
    hold.release(status(500));
    await tried;
    expect([breaker.isClosed, heard]).toEqual([true, ["open: model_unavailable", "closed"]]);
  });
});

describe("what may be one content's own fault", () => {
  const testWords = "Проверка";
  /** A breaker with a test question, and what the service says to it and to all others. */
  function suspecting(model: ModelServer, toOthers: Reply, toTest: () => Reply | undefined) {
    const tested: (string | undefined)[] = [];
    const heard: string[] = [];
    const options = { apiKey: "k", baseUrl: model.baseUrl, model: "m-1", timeoutMs: 5_000 };
    const { provider } = createBreaker(createCompatibleProvider(options), {
      onOpen: (_, { code, message, hint }) => heard.push(`${code}: ${message}, ${hint}`),
      onClose: () => heard.push("closed"),
      onTested: (_, error) => tested.push((error as ModelError | undefined)?.code),
      testRequest: () => ({ ...request, prompt: { ...request.prompt, user: testWords } }),
    });
    model.script(({ messages }) => (messages[1] === testWords ? toTest() : toOthers));
    return { provider, tested, heard, fails: () => failure(provider.generate(request, never)) };
  }

  test.for([
    ["declined", declined(), "model_refused"],
    ["rejected", status(400), "model_rejected"],
    ["unusable", content("нет"), "model_invalid_answer"],
  ] as const)("(%s) stays that while the test question is answered", async ([, reply, code], { model }) => {
    const { provider, tested, heard, fails } = suspecting(model, reply, () => undefined);
    const before = (await fails()).billed.length;
    expect(tested, "one failure raises no question").toEqual([]);
    const second = await fails();
    expect(second).toMatchObject({ code });
    expect(second.billed, "what the question cost stands with the call that raised it").toHaveLength(
      before + 1,
    );
    for (let n = 0; n < 10; n += 1) expect((await fails()).code).toBe(code);
    expect(tested, "and it is not asked again for seconds").toEqual([undefined]);
    expect([provider.admits, heard]).toEqual([true, []]);
  });

  test.for([
    ["declined", declined(), /declines every content/],
    ["rejected", status(400), /rejects every request/],
    ["unusable", content("нет"), /answers nothing that can be used/],
  ] as const)(
    "(%s) is the service's, if the test question ends alike",
    async ([, reply, cause], { model }) => {
      const { provider, heard, fails } = suspecting(model, reply, () => reply);
      await fails();
      expect(await fails()).toMatchObject({ code: "model_unfit", retryable: true });
      expect([provider.admits, heard]).toEqual([false, [expect.stringMatching(cause)]]);
    },
  );

  test("is nobody's, as long as the test question meets something else", async ({ model }) => {
    const { tested, heard, fails } = suspecting(model, declined(), () => status(429));
    for (let n = 0; n < 3; n += 1) expect((await fails()).code).toBe("model_refused");
    expect([tested, heard]).toEqual([["model_throttled", "model_throttled"], []]);
  });

  test("is forgotten once another content is answered", async ({ model }) => {
    const { provider, tested, fails } = suspecting(model, declined(), () => declined());
    await fails();
    model.script(() => answer());
    await provider.generate(request, never);
    model.script(() => declined());
    await fails();
    expect(tested).toEqual([]);
  });

  test("also comes as 403, from a firewall: a service that has answered is asked before it is given up", async ({
    model,
  }) => {
    let isForbidden = false;
    const { provider, heard, fails } = suspecting(model, status(403), () =>
      isForbidden ? status(403) : undefined,
    );
    model.script(() => answer());
    await provider.generate(request, never);
    model.script(({ messages }) => (messages[1] === testWords && !isForbidden ? answer() : status(403)));
    for (let n = 0; n < 5; n += 1)
      expect(await fails()).toMatchObject({ code: "model_rejected", retryable: false });
    expect([provider.admits, heard]).toEqual([true, []]);
    isForbidden = true;
    vi.useRealTimers();
    await vi.waitUntil(async () => (await fails()).code === "model_misconfigured", {
      timeout: 10_000,
      interval: 100,
    });
    expect(provider.admits).toBe(false);
  });

  test("closes a breaker whose service answers again", async ({ model }) => {
    const { breaker, heard, fails } = resilient(model);
    await fails(status(500), 5);
    seconds(1);
    await fails(declined());
    expect([breaker.isClosed, heard]).toEqual([true, ["open: model_unavailable", "closed"]]);
  });
});

test("a service that is down and says for how long is left alone for so long, up to a minute", async ({
  model,
}) => {
  const { breaker, fails } = resilient(model);
  await fails(status(503, { "retry-after": "20" }), 5);
  seconds(19);
  expect(breaker.provider.admits).toBe(false);
  seconds(1);
  expect(breaker.provider.admits).toBe(true);
  await fails(status(503, { "retry-after": "999999" }));
  seconds(60);
  expect(breaker.provider.admits).toBe(true);
});

test("a chain asks its first while that is up or due for a try, else the next, else nobody", async ({
  model,
}) => {
  const [first, second] = [resilient(model, "a"), resilient(model, "b")];
  const chain = chainOf([first.breaker, second.breaker] as [Breaker, Breaker]);
  const asked = () => (chain.current().admits ? chain.current().model : null);
  expect(asked()).toBe("a");
  await first.fails(status(500), 5);
  expect(asked()).toBe("b");
  await second.fails(status(404));
  expect(asked()).toBeNull();
  seconds(1);
  expect(asked()).toBe("a");
  await first.fails(status(500));
  expect(asked()).toBeNull();
  seconds(30);
  await first.send();
  expect(asked()).toBe("a");
});
