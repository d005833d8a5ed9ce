import { describe, expect } from "vitest";
import { answerText } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";

const keys = [
  "content_hash",
  "draft_id",
  "escalation_reason",
  "fallback_reason",
  "generated_at",
  "guardrail_warnings",
  "intent",
  "model",
  "needs_escalation",
  "pregenerated",
  "prompt_version",
  "provisional",
  "recommendation_reason",
  "sentiment",
  "sla_priority",
  "source",
  "text",
];

async function insertedRowGetsItsDraft(rig: Rig): Promise<void> {
  await rig.start();
  const id = await rig.insert({ text: "Подойдёт ли чехол на iPhone?" });

  const draft = await rig.drafted(id);

  expect(Object.keys(draft).sort()).toEqual(keys);
  expect(draft).toMatchObject({
    text: answerText(1),
    intent: "other",
    sentiment: "neutral",
    sla_priority: "normal",
    source: "llm",
    provisional: false,
    fallback_reason: null,
    guardrail_warnings: [],
    model: "test-model-2026",
    pregenerated: true,
  });
  expect(Date.parse(String(draft["generated_at"]))).not.toBeNaN();
  const [row] = await rig.sql`
    select provider, request_model, response_model, input_tokens, cached_input_tokens, output_tokens, finish_reason,
      trigger, outcome, text from predraft.drafts where id = ${draft.draft_id}`;
  expect(row).toEqual({
    provider: "openai",
    request_model: "test-model",
    response_model: "test-model-2026",
    input_tokens: 100,
    cached_input_tokens: 64,
    output_tokens: 20,
    finish_reason: "stop",
    trigger: "pregenerate",
    outcome: "saved",
    text: answerText(1),
  });
}

async function changedTextDropsTheDraftAtOnce(rig: Rig): Promise<void> {
  await rig.start();
  const id = await rig.insert({ text: "первый вопрос" });
  const old = await rig.drafted(id);

  await rig.sql.begin(async (tx) => {
    await tx`update public.interactions set text = 'второй вопрос' where id = ${id}`;
    const [row] =
      await tx`select extra_data ? 'last_ai_draft' as has from predraft.interactions where id = ${id}`;
    expect(row?.["has"], "inside the transaction that changed the text").toBe(false);
  });

  const draft = await rig.drafted(id);
  expect(draft.content_hash).not.toBe(old.content_hash);
  expect(rig.model.calls("второй вопрос")).toHaveLength(1);
}

async function sameContentAgainCostsNothing(rig: Rig, document: string): Promise<void> {
  await rig.start();
  const id = await rig.insert({ text: "тот же вопрос", [document]: { source: "api" } });
  const draft = await rig.drafted(id);
  await rig.idle();

  await rig.sql`update public.interactions set text = 'тот же вопрос' where id = ${id}`;
  await rig.sql`update public.interactions set ${rig.sql({ [document]: { source: "sync" } })} where id = ${id}`;

  expect(await rig.draft(id), "the document was rewritten without it").toEqual(draft);
  expect(await rig.sql`select from graphile_worker.jobs`).toHaveLength(0);
  // What might have been enqueued would be done before this one.
  await rig.drafted(await rig.insert({ text: "вопрос после" }));
  expect(rig.model.calls()).toHaveLength(2);
}

describe.concurrent("on our own tables", () => {
  test("a row inserted by plain SQL gets a fresh draft, with all its fields", async ({ rig }) =>
    insertedRowGetsItsDraft(rig));
  test("new text drops the old draft in the same transaction, and a new one follows", async ({ rig }) =>
    changedTextDropsTheDraftAtOnce(rig));
  test("the same content again, or the document rewritten without the draft: no call, no job", async ({
    rig,
  }) => sameContentAgainCostsNothing(rig, "extra_data"));

  test("each new buyer message in a chat gets a draft of its own, an answer closes it", async ({ rig }) => {
    await rig.start();
    const id = await rig.insert({ channel: "chat", text: null, needs_response: false });
    const say = (n: number, direction: string, text: string) => rig.sql`
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      values (${id}, ${`m-${n}`}, ${direction}, ${text}, now() + ${n} * interval '1 second')`;
    await say(1, "in", "где мой заказ");
    const first = await rig.drafted(id);
    await say(2, "in", "ау, ответьте");
    const second = await rig.drafted(id);
    expect(second.content_hash).not.toBe(first.content_hash);
    expect(rig.model.calls("ау, ответьте")[0]?.messages.join()).toContain("где мой заказ");
    await say(3, "out", "уже везём");
    const [row] = await rig.sql`select draft_state from predraft.interactions where id = ${id}`;
    expect(row?.["draft_state"]).toBe("closed");
    expect(rig.model.calls()).toHaveLength(2);
  });

  test("an upsert in bulk drafts every row, each once", async ({ rig }) => {
    await rig.start();
    const upsert = () => rig.sql`
      insert into public.interactions (seller_id, channel, external_id, text)
      select 1, 'question', 'bulk-' || n, 'вопрос номер ' || n from generate_series(1, 20) n
      on conflict on constraint interactions_external_key do update set text = excluded.text`;
    const rows = await upsert().then(() => rig.sql`select id from public.interactions`);
    await upsert();
    for (const row of rows) await rig.drafted(String(row["id"]));
    await upsert();
    await rig.idle();
    expect(rig.model.billed()).toHaveLength(20);
  });
});

describe.concurrent("on a foreign host with a json document and integer ids", () => {
  test("a row inserted by plain SQL gets a fresh draft, with all its fields", async ({ attachedRig }) =>
    insertedRowGetsItsDraft(attachedRig));
  test("new text drops the old draft in the same transaction, and a new one follows", async ({
    attachedRig,
  }) => changedTextDropsTheDraftAtOnce(attachedRig));
  test("the same content again, or the document rewritten without the draft: no call, no job", async ({
    attachedRig,
  }) => sameContentAgainCostsNothing(attachedRig, "metadata"));
});
