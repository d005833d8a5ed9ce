import { describe, expect } from "vitest";
import { content, declined, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";
import {
  draftsAllOthers,
  givenUp,
  hurry,
  insertMany,
  isBad,
  providerHealth,
  states,
  ways,
} from "./failing-contents.ts";

describe.concurrent("a service that fails some contents", { timeout: 90_000 }, () => {
  test("drafts all others as if those were not there, each for one generation", ({ rig }) =>
    draftsAllOthers(rig, 60));

  test.for([
    ["declined", declined()],
    ["unusable", content("Вот ответ")],
  ] as const)("keeps nobody waiting behind urgent ones that are %s", async ([, reply], { rig }) => {
    rig.model.script(({ messages }) => (isBad(messages) ? reply : undefined));
    for (let n = 0; n < 5; n += 1)
      await rig.insert({ text: `дурной ${n}`, priority: "urgent", channel: "review", rating: 1 });
    for (let n = 0; n < 20; n += 1) await rig.insert({ text: `Вопрос ${n}`, seller_id: 2 });
    const worker = await rig.start();
    await until(async () => (await states(rig))["llm"] === 20, {
      what: "all ordinary rows are drafted",
      timeoutMs: 60_000,
    });
    expect((await worker.health()).find(({ check }) => check === "provider")?.ok).toBe(true);
    expect(await givenUp(rig, "i.seller_id = 2")).toHaveLength(0);
  });
});

describe.concurrent("a content that the model declines", { timeout: 60_000 }, () => {
  const declinesAll = async (rig: Rig): Promise<string> => {
    rig.model.script(({ messages, body }) =>
      isBad(messages) && body["model"] === "test-model" ? declined() : undefined,
    );
    await rig.start();
    const id = await rig.insert({ text: "дурной вопрос" });
    const ended = async () => {
      await hurry(rig);
      return (await rig.draft(id))?.fallback_reason === "refused";
    };
    await until(ended, { what: "it has ended as refused", timeoutMs: 40_000 });
    await rig.idle();
    return id;
  };

  test("ends after its attempts, asks for an operator, and is paid for no more", async ({ rig }) => {
    const id = await declinesAll(rig);
    expect(await rig.draft(id)).toMatchObject({
      provisional: true,
      needs_escalation: true,
      escalation_reason: expect.stringContaining("отказалась"),
      model: null,
    });
    const [health] = await rig.sql`select ok, detail, since from predraft.health where "check" = 'refused'`;
    expect(health).toEqual({
      ok: false,
      detail: expect.stringMatching(/^1 interactions that the model declines.*request_draft\(id, true\)/),
      since: expect.any(Date),
    });
    const calls = rig.model.calls("дурной").length;
    expect(calls).toBeLessThanOrEqual(5);
    await rig.sql`select predraft.enqueue_upgrades(1000)`;
    await rig.sql`select predraft.request_draft(${id})`;
    await rig.sql`select graphile_worker.add_job('sweep_drafts')`;
    await rig.idle();
    expect(rig.model.calls("дурной"), "an outage's end, a click and the sweep leave it alone").toHaveLength(
      calls,
    );
  });

  test("comes back by new content", async ({ rig }) => {
    const id = await declinesAll(rig);
    await rig.sql`update public.interactions set text = 'Обычный вопрос' where id = ${id}`;
    await rig.drafted(id);
  });

  test("comes back by another model, by itself", async ({ rig }) => {
    const id = await declinesAll(rig);
    await rig.set("llm_model", "other-model");
    expect(await rig.drafted(id)).toMatchObject({ model: "other-model-2026" });
  });

  test("comes back by force", async ({ rig }) => {
    const id = await declinesAll(rig);
    rig.model.script(() => undefined);
    const calls = rig.model.calls("дурной").length;
    await rig.sql`select predraft.request_draft(${id}, true)`;
    await until(() => rig.model.calls("дурной").length > calls, { what: "the model is asked once more" });
  });
});

describe.concurrent("a service that fails all contents", { timeout: 90_000 }, () => {
  test.for(ways)(
    "(%s) is told of with its cause within 10 s, and all is made good by itself after the mend",
    async ([, reply, cause], { rig }) => {
      let ill = true;
      rig.model.script(() => (ill ? reply : undefined));
      const worker = await rig.start();
      await insertMany(rig, 20, "false");
      const told = async () => {
        const health = await providerHealth(rig);
        return health?.["ok"] === false ? health["detail"] : null;
      };
      expect(await until(told, { what: "health tells", timeoutMs: 10_000 })).toMatch(cause);
      expect((await worker.health()).find(({ check }) => check === "provider")).toMatchObject({
        ok: false,
        detail: expect.stringMatching(cause),
      });
      await until(
        async () => {
          const { none = 0, waiting = 0 } = await states(rig);
          return none + waiting === 0;
        },
        { what: "all show something" },
      );
      expect(await states(rig), "nothing has ended for good").not.toHaveProperty("refused");
      const calls = rig.model.calls().length;
      expect(calls, "it is left alone").toBeLessThan(40);
      expect(rig.log.filter((line) => line["code"] === "model_unfit" && line["level"] === 40)).toHaveLength(
        1,
      );

      ill = false;
      await until(async () => (await states(rig))["llm"] === 20, {
        what: "all are final",
        timeoutMs: 60_000,
      });
      expect((await providerHealth(rig))?.["ok"]).toBe(true);
      const attempts = await rig.sql`select from graphile_worker.jobs where attempts >= max_attempts`;
      expect(attempts).toHaveLength(0);
    },
  );
});

describe.concurrent("a service that is down and says for how long", () => {
  test("is asked again then, and no attempt is spent", async ({ rig }) => {
    rig.model.script(({ n }) => (n === 1 ? status(503, { "retry-after": "60" }) : undefined));
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id, (draft) => draft.fallback_reason === "provider_down");
    const parked = async () =>
      (
        await rig.sql`select attempts, max_attempts, extract(epoch from run_at - now())::float8 as seconds
        from predraft.jobs() where interaction_id = ${id} and locked_at is null`
      )[0];
    const job = await until(parked, { what: "its job waits" });
    expect(job).toMatchObject({ attempts: 0, max_attempts: 5 });
    expect(job["seconds"]).toBeGreaterThan(40);
    await rig.drafted(await rig.insert());
    await hurry(rig);
    await rig.drafted(id);
  });
});
