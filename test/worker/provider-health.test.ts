import { describe, expect } from "vitest";
import type { Worker } from "../../src/worker/worker.ts";
import { closedPort } from "../helpers/closed-port.ts";
import { status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

/** What the worker says of its provider: to be read at /readyz. */
const provider = async (worker: Worker) =>
  (await worker.health()).find(({ check }) => check === "provider") ?? { ok: undefined, detail: "" };
/** What everybody can read in SQL. */
const inSql = async (rig: Rig) =>
  (await rig.sql`select ok, detail from predraft.health where "check" = 'provider openai:test-model'`)[0];
/** Waits until a draft has been tried for and its model was not to be had. */
async function meetOutage(rig: Rig, worker: Worker): Promise<void> {
  await rig.drafted(await rig.insert(), (draft) => draft.provisional);
  await until(async () => !(await provider(worker)).ok, { what: "the provider is down" });
  await until(() => inSql(rig), { what: "it is told in SQL" });
}

describe.concurrent("/readyz and predraft.health say what is wrong with the provider, and what to do", () => {
  for (const [what, refusal, todo] of [
    ["a wrong key", 401, "check the API key in OPENAI_API_KEY"],
    ["an unknown model", 404, "check LLM_MODEL"],
    ["no credit", 402, "has no credit left: top it up"],
  ] as const)
    test(what, async ({ rig }) => {
      rig.model.script(() => status(refusal));
      const worker = await rig.start();
      expect(await provider(worker)).toMatchObject({ ok: true, detail: "openai, model test-model" });
      await meetOutage(rig, worker);
      expect((await provider(worker)).detail).toContain(todo);
      expect((await provider(worker)).detail.split(todo), "once").toHaveLength(2);
      expect(await inSql(rig)).toEqual({ ok: false, detail: expect.stringContaining(todo) });
    });

  test("a server that is not there", async ({ rig }) => {
    const worker = await rig.start({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` });
    for (let n = 0; n < 5; n += 1) await rig.insert();
    await meetOutage(rig, worker);
    for (const { detail } of [await provider(worker), (await inSql(rig)) ?? {}])
      expect(detail).toMatch(/cannot be reached \(ECONNREFUSED\): Is LLM_BASE_URL right/);
  });

  test("a setting that names one without a key: the last good one is asked", async ({ rig }) => {
    const worker = await rig.start({ keys: { openai: "sk-test" } });
    await rig.set("llm_provider", "deepseek");
    const logged = () => rig.log.find((line) => line["msg"] === "the provider stays as it was");
    const line = await until(logged, { what: "it is logged" });
    expect(line["hint"]).toContain("DEEPSEEK_API_KEY");
    const { ok, detail } = await provider(worker);
    expect(ok).toBe(false);
    expect(detail).toMatch(
      /^openai, model test-model; what the settings name is not asked: .*DEEPSEEK_API_KEY/,
    );
    expect(await rig.drafted(await rig.insert())).toMatchObject({ source: "llm" });
    await rig.set("llm_provider", null);
    await until(async () => (await provider(worker)).ok, { what: "all is well again" });
  });

  test("the first of a chain: the worker is ready, since the next one is asked", async ({ rig }) => {
    await rig.set("llm_fallbacks", '["deepseek:deepseek-flash"]');
    rig.model.script((call) => (call.body["model"] === "test-model" ? status(401) : undefined));
    const worker = await rig.start();
    await rig.drafted(await rig.insert());
    expect(await provider(worker)).toMatchObject({
      ok: true,
      detail: expect.stringMatching(
        /^deepseek, model deepseek-flash; openai, model test-model is down: .*OPENAI_API_KEY/,
      ),
    });
  });

  test("one that asks to wait: that is as it should be", async ({ rig }) => {
    rig.model.script(() => status(429, { "retry-after": "60" }));
    const worker = await rig.start();
    await rig.drafted(await rig.insert(), (draft) => draft.provisional);
    expect(await provider(worker)).toMatchObject({ ok: true, detail: "openai, model test-model; throttled" });
  });
});
