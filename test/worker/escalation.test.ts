import { describe, expect } from "vitest";
import { answer } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";

const kept = async (rig: Rig, id: string) =>
  (
    await rig.sql`
      select needs_escalation, escalation_reason from predraft.drafts
      where interaction_id = ${id} and outcome = 'saved' order by id desc limit 1`
  )[0];

describe.concurrent("what somebody has to look into", () => {
  test("is said by the model, shown beside the draft and kept in the history", async ({ rig }) => {
    const escalation = { needs_escalation: true, escalation_reason: "Вред здоровью" };
    rig.model.script(() => answer(escalation));
    await rig.start();
    const id = await rig.insert();
    expect(await rig.drafted(id)).toMatchObject(escalation);
    expect(await kept(rig, id)).toEqual(escalation);
  });

  test("is found by the rules in a fallback, too", async ({ rig }) => {
    await rig.set("llm_enabled", "false");
    await rig.start();
    const harm = await rig.insert({ text: "У ребёнка аллергия и ожог от вашего крема" });
    expect(await rig.drafted(harm, (draft) => draft.fallback_reason === "llm_off")).toMatchObject({
      needs_escalation: true,
      escalation_reason: "Упомянуто: вред здоровью",
    });
    const plain = await rig.insert({ text: "Подойдёт ли чехол?" });
    expect(await rig.drafted(plain, (draft) => draft.fallback_reason === "llm_off")).toMatchObject({
      needs_escalation: false,
      escalation_reason: null,
    });
  });
});
