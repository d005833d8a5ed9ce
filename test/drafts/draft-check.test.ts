import { describe, expect } from "vitest";
import { answer, content, type Reply, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";

const good = "Здравствуйте! Спасибо за вопрос. Характеристики смотрите, пожалуйста, в карточке товара.";
const bad = "Здравствуйте! Если чехол не понравится, мы вернём вам деньги.";

interface Kept {
  readonly text: string;
  readonly outcome: string;
  readonly guardrail_warnings: readonly { code: string; phrase: string; start: number; end: number }[];
  readonly input_tokens: number;
  readonly output_tokens: number;
}

async function drafted(rig: Rig, replies: readonly Reply[]) {
  rig.model.script(({ n }) => replies[n - 1] ?? status(500));
  const id = await rig.insert({ text: "Чехол плотный?" });
  await rig.start();
  const draft = await rig.drafted(id);
  const [kept] = await rig.sql<Kept[]>`
    select text, outcome, guardrail_warnings, input_tokens, output_tokens from predraft.drafts
    where interaction_id = ${id} and source = 'llm'`;
  return { draft, kept: kept as Kept, calls: rig.model.calls() };
}

describe("a draft that a guardrail calls wrong", () => {
  test("gets one repair call that names what is wrong, and the second answer stands without warnings", async ({
    rig,
  }) => {
    const { draft, kept, calls } = await drafted(rig, [answer({ text: bad }), answer({ text: good })]);
    expect(calls).toHaveLength(2);
    const request = calls[1]?.messages.at(-1) ?? "";
    expect(request).toContain("promise, «вернём вам деньги»");
    expect(calls[1]?.messages.at(-2), "with the answer it is about").toContain("вернём вам деньги");
    expect(draft).toMatchObject({ text: good, guardrail_warnings: [], provisional: false });
    expect(kept).toMatchObject({ text: good, guardrail_warnings: [], input_tokens: 200, output_tokens: 40 });
  });

  test("is kept with its warnings where the second answer is no better", async ({ rig }) => {
    const worse = "Здравствуйте! Мы обязательно вернём деньги.";
    const { draft, kept, calls } = await drafted(rig, [answer({ text: bad }), answer({ text: worse })]);
    expect(calls).toHaveLength(2);
    expect(draft["text"]).toBe(worse);
    const [warning, ...others] = kept.guardrail_warnings;
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ code: "promise", type: "promise", severity: "error" });
    expect(worse.slice(warning?.start, warning?.end)).toBe(warning?.phrase);
    expect(draft["guardrail_warnings"]).toEqual(kept.guardrail_warnings);
    expect(kept).toMatchObject({ input_tokens: 200, output_tokens: 40 });
  });

  test("shares its repair call with answers that can't be read: never a third call", async ({ rig }) => {
    const { kept, calls } = await drafted(rig, [content("не JSON"), answer({ text: bad }), answer()]);
    expect(calls).toHaveLength(2);
    expect(kept.text).toBe(bad);
    expect(kept.guardrail_warnings.map(({ code }) => code)).toEqual(["promise"]);
  });

  test.for([
    ["can't be read", content("и снова не JSON"), 200],
    ["fails", status(500), 100],
  ] as const)("stands as it was where its repair %s", async ([, second, tokens], { rig }) => {
    const { draft, kept, calls } = await drafted(rig, [answer({ text: bad }), second]);
    expect(calls).toHaveLength(2);
    expect(draft).toMatchObject({ text: bad, provisional: false });
    expect(kept).toMatchObject({ outcome: "saved", input_tokens: tokens });
  });
});

test("warnings alone cost no repair call, and stand beside the draft", async ({ rig }) => {
  const text = `${good} Уважаемый клиент, хорошего вам дня.`;
  const { draft, calls } = await drafted(rig, [answer({ text })]);
  expect(calls).toHaveLength(1);
  expect(draft["guardrail_warnings"]).toMatchObject([
    { code: "jargon", severity: "warning", phrase: "Уважаемый клиент" },
  ]);
});

test("a good draft costs one call and carries no warning", async ({ rig }) => {
  const { draft, calls } = await drafted(rig, [answer({ text: good })]);
  expect(calls).toHaveLength(1);
  expect(draft["guardrail_warnings"]).toEqual([]);
});

test("a placeholder in the reply is named for repair, and never reaches the operator", async ({ rig }) => {
  const text = "Здравствуйте! Ваш номер [ТЕЛЕФОН_1] мы видим. Спасибо за вопрос, смотрите карточку товара.";
  const { draft, calls } = await drafted(rig, [answer({ text }), answer({ text })]);
  expect(calls[1]?.messages.at(-1)).toContain("prompt_leak, «[ТЕЛЕФОН_1]»");
  expect(draft["text"]).not.toContain("ТЕЛЕФОН");
  expect(draft["guardrail_warnings"]).toMatchObject([{ code: "personal_data", severity: "error", start: 0 }]);
});

test("a buyer's phone is named where the reply repeats it, the seller's own in the signature is not", async ({
  rig,
}) => {
  await rig.sql`
    insert into predraft.seller_settings (seller_id, own_rules)
    values (1, 'В подписи можно дать горячую линию 8 800 555-35-35')`;
  const own = `${good} Горячая линия 8 800 555-35-35.`;
  const repeated = `${good} Ваш телефон 8 916 123-45-67.`;
  rig.model.script(({ n }) => answer({ text: n === 1 ? own : repeated }));
  const first = await rig.insert({ text: "Плотный?" });
  await rig.start();
  expect((await rig.drafted(first))["guardrail_warnings"]).toEqual([]);
  const second = await rig.insert({ text: "Плотный? Мой телефон +7 (916) 123 45 67" });
  expect((await rig.drafted(second))["guardrail_warnings"]).toMatchObject([
    { code: "contact_or_link", phrase: "8 916 123-45-67" },
    { code: "personal_data", phrase: "916 123-45-67" },
  ]);
});
