import { describe, expect } from "vitest";
import { closedPort } from "../helpers/closed-port.ts";
import { type Reply, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

/** What calls for a model get; others are answered well. */
const answers = (rig: Rig, model: string, reply: () => Reply | undefined): void =>
  rig.model.script(({ body }) => (body["model"] === model ? reply() : undefined));
const callsOf = (rig: Rig, model: string) => rig.model.calls().filter((call) => call.body["model"] === model);
const whoDrafted = async (rig: Rig, id: string) =>
  (
    await rig.sql`
      select provider, request_model as model, outcome from predraft.drafts
      where interaction_id = ${id} and source = 'llm' order by id desc limit 1`
  )[0];
const chain = '["deepseek:deepseek-flash", "anthropic:claude-haiku-4-5"]';

describe.concurrent("llm_fallbacks", () => {
  test("names who is asked while the first is misconfigured, and it costs nobody an attempt", async ({
    rig,
  }) => {
    await rig.set("llm_fallbacks", chain);
    answers(rig, "test-model", () => status(401));
    await rig.start();
    for (const id of await Promise.all([rig.insert(), rig.insert(), rig.insert()])) {
      expect(await rig.drafted(id)).toMatchObject({ source: "llm", model: "deepseek-flash-2026" });
      expect(await whoDrafted(rig, id)).toEqual({
        provider: "deepseek",
        model: "deepseek-flash",
        outcome: "saved",
      });
    }
    await rig.idle();
    const [health] =
      await rig.sql`select ok from predraft.health where "check" = 'provider openai:test-model'`;
    expect(health).toEqual({ ok: false });
  });

  test("goes on to the next where that one is down, too, and back to the first when it is up", async ({
    rig,
  }) => {
    let down = true;
    await rig.set("llm_fallbacks", chain);
    answers(rig, "test-model", () => (down ? status(500) : undefined));
    answers(rig, "deepseek-flash", () => status(404));
    await rig.start();
    const ids = await Promise.all(Array.from({ length: 8 }, () => rig.insert()));
    for (const id of ids) await rig.drafted(id);
    expect(callsOf(rig, "claude-haiku-4-5").length).toBeGreaterThan(0);

    down = false;
    await until(
      async () => {
        const id = await rig.insert();
        await rig.drafted(id);
        return (await whoDrafted(rig, id))?.["model"] === "test-model";
      },
      { what: "the first is asked again", timeoutMs: 20_000 },
    );
  });

  test("is not gone to for a short wait", async ({ rig }) => {
    await rig.set("llm_fallbacks", chain);
    let told = 0;
    answers(rig, "test-model", () => {
      told += 1;
      return told <= 3 ? status(429, { "retry-after": "0.3" }) : undefined;
    });
    await rig.start();
    const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
    for (const id of ids) expect(await rig.drafted(id)).toMatchObject({ model: "test-model-2026" });
    expect(rig.model.calls().filter((call) => call.body["model"] !== "test-model")).toEqual([]);
  });

  test("is not needed where the name of the model is put right: what is provisional is drafted then", async ({
    rig,
  }) => {
    answers(rig, "test-model", () => status(404));
    await rig.start();
    const ids = await Promise.all([rig.insert(), rig.insert()]);
    for (const id of ids) await rig.drafted(id, (draft) => draft.fallback_reason === "provider_down");
    await rig.idle();
    await rig.set("llm_model", "right-model");
    for (const id of ids) expect(await rig.drafted(id)).toMatchObject({ model: "right-model-2026" });
  });

  test("leaves out whom it can't make, and says so", async ({ rig }) => {
    await rig.start({ keys: { openai: "sk-test" } });
    await rig.set("llm_fallbacks", '["anthropic:claude-haiku-4-5"]');
    const said = () => rig.log.find((line) => String(line["msg"]).startsWith("not taken from llm_fallbacks"));
    const line = await until(said, { what: "it is said" });
    expect(line).toMatchObject({ entry: "anthropic:claude-haiku-4-5", code: "provider_unconfigured" });
    expect(line["hint"]).toContain("ANTHROPIC_API_KEY");
    await rig.drafted(await rig.insert());
  });
});

describe.concurrent("several processes", { timeout: 90_000 }, () => {
  const insertAll = (rig: Rig, count: number) =>
    Promise.all(Array.from({ length: count }, () => rig.insert()));
  const allDrafted = async (rig: Rig, ids: readonly string[]) => {
    const final = async () => {
      const [row] = await rig.sql`
        select count(*)::int as n from predraft.interactions
        where id = any(${ids as string[]}) and extra_data #>> '{last_ai_draft,source}' = 'llm'`;
      return row?.["n"] === ids.length;
    };
    await until(final, { what: "all have a model's draft", timeoutMs: 60_000 });
  };

  test("find out together that the service is up again, and strand nothing", async ({ rig }) => {
    let down = true;
    rig.model.script(() => (down ? status(500) : undefined));
    await rig.start();
    await rig.start();
    const ids = await insertAll(rig, 60);
    const provisional = async () => {
      const [row] = await rig.sql`
        select count(*)::int as n from predraft.interactions where extra_data #>> '{last_ai_draft,fallback_reason}' = 'provider_down'`;
      return row?.["n"] === 60;
    };
    await until(provisional, { what: "all show that it is down", timeoutMs: 30_000 });
    down = false;
    await allDrafted(rig, ids);
    for (const id of ids)
      expect(
        await rig.sql`select from predraft.drafts where interaction_id = ${id} and source = 'llm' and outcome = 'saved'`,
      ).toHaveLength(1);
    const healthy = async () =>
      (await rig.sql`select from predraft.health where not ok and "check" like 'provider%'`).length === 0;
    await until(healthy, { what: "health says so", timeoutMs: 20_000 });
  });

  test("take over what one of them gives up by a trouble of its own", async ({ rig }) => {
    await rig.start({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` });
    await rig.start();
    await allDrafted(rig, await insertAll(rig, 24));
  });
});
