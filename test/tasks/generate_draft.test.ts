import { describe, expect } from "vitest";
import { answerText } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const addJob = (rig: Rig, payload: unknown, key: string) => rig.sql`
  select from graphile_worker.add_job('generate_draft', ${JSON.stringify(payload)}::text::json, job_key := ${key})`;

describe.concurrent("a job", () => {
  test.for([
    ["nothing", {}],
    ["no object", [1]],
    ["a word", { interactionId: "ТАЙНА" }],
    ["a negative id", { interactionId: -1 }],
    ["part of an id", { interactionId: 1.5 }],
    ["an unknown trigger", { interactionId: 1, trigger: "ТАЙНА" }],
  ] as const)("with %s is refused by name, without a quotation", async ([, payload], { rig }) => {
    await rig.start();
    await addJob(rig, payload, "bad");
    const error = async () =>
      (await rig.sql`select last_error from graphile_worker.jobs where key = 'bad'`)[0]?.["last_error"];
    expect(await until(error, { what: "it has failed" })).toMatch(
      /^generate_draft: the payload's (interactionId|trigger|shape) is not right/,
    );
    expect(await error()).not.toContain("ТАЙНА");
  });

  test("takes an id as a number or as text", async ({ rig }) => {
    await rig.set("ai_draft_pregenerate_enabled", "false");
    await rig.start();
    const [one, two] = [await rig.insert(), await rig.insert()];
    await addJob(rig, { interactionId: Number(one), trigger: "on_demand" }, "one");
    await addJob(rig, { interactionId: two, trigger: "on_demand" }, "two");
    await Promise.all([rig.drafted(one), rig.drafted(two)]);
  });

  test("for an interaction that is gone does nothing, and goes", async ({ rig }) => {
    await rig.start();
    await rig.sql`select predraft.request_draft(4711, true)`;
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(0);
    expect(await rig.sql`select from predraft.drafts`).toHaveLength(0);
  });

  test("goes before others the more urgent and the newer its interaction is", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "1");
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const rows = [
      ["пятый", "low", 1],
      ["третий", "normal", 1],
      ["четвёртый", "normal", 9],
      ["второй", "high", 60],
      ["первый", "urgent", 600],
    ] as const;
    const ids = [];
    for (const [text, priority, age] of rows)
      ids.push(await rig.insert({ text, priority, occurred_at: at(age) }));
    const asked = await rig.insert({ text: "нулевой", priority: "low", occurred_at: at(900) });
    await rig.sql`select predraft.request_draft(${asked})`;

    await rig.start();

    for (const id of [...ids, asked]) await rig.drafted(id);
    const order = rig.model.calls().map((call) => call.messages[1]?.match(/<<<(\S+)>>>/)?.[1]);
    expect(order).toEqual(["нулевой", "первый", "второй", "третий", "четвёртый", "пятый"]);
  });

  test("drafts with the seller's voice, the catalogue's facts and the thread", async ({ rig }) => {
    await rig.sql`insert into predraft.seller_settings (seller_id, tone, signature, own_rules)
      values (1, 'friendly', 'Команда Лён', 'Не зовём в шоурум.')`;
    await rig.sql`insert into predraft.product_facts (seller_id, nm_id, name, attributes)
      values (1, 77, 'Чехол', '{"Материал": "кожа"}')`;
    await rig.start();
    const id = await rig.insert({ nm_id: 77, customer_name: "Иванова Анна" });
    expect((await rig.drafted(id)).text).toBe(answerText(1));
    const [system, user] = rig.model.calls()[0]?.messages ?? [];
    expect(system).toContain("Команда Лён");
    expect(system).toContain("Не зовём в шоурум.");
    expect(user).toMatch(/Чехол[\s\S]*Материал: кожа[\s\S]*<<<Подойдёт ли чехол\?>>>/);
  });
});
