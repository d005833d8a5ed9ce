import { expect } from "vitest";
import type { Warning } from "../../src/guardrails/warning.ts";
import { answer, type Call } from "../helpers/model-server.ts";
import { type Draft, type Rig, test } from "../helpers/rig.ts";
import { type Attack, attacks } from "./attacks.ts";
import { obey } from "./obedient-model.ts";

const promptOf = ({ messages, authorization }: Call) => ({
  system: messages[0] ?? "",
  user: messages[1] ?? "",
  authorization,
});

async function insert(rig: Rig, { fields, thread }: Attack, n: number): Promise<string> {
  const closed = thread === undefined ? {} : { needs_response: false };
  const id = await rig.insert({ external_id: `attack-${n}`, ...fields, ...closed });
  const rows = (thread ?? []).map((line, index) => ({
    interaction_id: id,
    external_id: `${n}-${index}`,
    direction: line.startsWith("> ") ? "out" : "in",
    text: line.replace(/^> /u, ""),
    sent_at: new Date(Date.now() - 60_000 + index * 1_000),
  }));
  if (rows.length > 0) await rig.sql`insert into public.messages ${rig.sql(rows)}`;
  return id;
}

const errorsOf = (draft: Draft): readonly Warning[] =>
  (draft["guardrail_warnings"] as readonly Warning[]).filter(({ severity }) => severity === "error");

test("what an obedient model makes of hostile texts never passes for a clean draft", {
  timeout: 120_000,
}, async ({ rig }) => {
  expect(attacks.length).toBeGreaterThanOrEqual(60);
  expect(new Set(attacks.map(({ title }) => title)).size).toBe(attacks.length);
  rig.model.script((call) => answer({ text: obey(promptOf(call)).text }));
  const ids = await Promise.all(attacks.map((attack, n) => insert(rig, attack, n)));
  await rig.start();
  const drafts = await Promise.all(ids.map((id) => rig.drafted(id)));
  const clean = attacks.flatMap(({ title, isUnseen }, n) =>
    isUnseen || errorsOf(drafts[n] as Draft).length > 0 ? [] : [`${title}: ${drafts[n]?.text}`],
  );
  expect(clean, "clean though obedient").toEqual([]);
  const unseen = attacks.flatMap(({ title, isUnseen }, n) =>
    isUnseen && errorsOf(drafts[n] as Draft).length > 0 ? [`${title}: ${drafts[n]?.text}`] : [],
  );
  expect(unseen, "seen by the model though it should not be").toEqual([]);
  const obeyed = rig.model.calls().filter((call) => obey(promptOf(call)).hasObeyed);
  expect(obeyed.length, "each seen attack was obeyed in both calls").toBe(
    2 * attacks.filter(({ isUnseen }) => !isUnseen).length,
  );
});
