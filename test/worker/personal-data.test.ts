import { expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { answer } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

/** A value for each text that a prompt is made of, so that a leak says where it came from. */
const phones = {
  text: "8 916 100-00-01",
  subject: "8 916 100-00-02",
  message: "8 916 100-00-03",
  reply: "8 916 100-00-04",
  product: "8 916 100-00-05",
  attribute: "8 916 100-00-06",
  signature: "8 916 100-00-07",
  ownRules: "8 916 100-00-08",
  preview: "8 916 100-00-09",
};
const email = "olga.s@mail.ru";
const card = "4276 9458 0730 2158";
const address = "ул. Мира, д. 15, кв. 204";

const secrets = [
  ...Object.values(phones).map((phone) => phone.slice(-9)),
  "olga.s",
  "4276",
  "2158",
  "кв. 204",
  "Смирнов",
  "Игоревн",
  "ЗАК-99",
];

async function insertAll(rig: Rig): Promise<string[]> {
  await rig.sql`
    insert into predraft.seller_settings (seller_id, signature, own_rules)
    values (1, ${`Команда, ${phones.signature}`}, ${`Звать на ${phones.ownRules}`})`;
  await rig.sql`
    insert into predraft.product_facts (seller_id, nm_id, name, attributes)
    values (1, 5, ${`Платье ${phones.product}`}, ${rig.sql.json({ Контакт: phones.attribute, [email]: card })})`;
  const own = {
    customer_name: "Смирнова Ольга Игоревна",
    order_id: "ЗАК-99-01",
    subject: `О звонке на ${phones.subject}`,
    nm_id: 5,
  };
  const words = `Я Смирнова, ${phones.text}, ${email}, карта ${card}, живу ${address}, заказ ЗАК-99-01`;
  const public_ = await Promise.all(
    ["review", "question"].map((channel) => rig.insert({ ...own, channel, text: words })),
  );
  const chat = await rig.insert({ ...own, channel: "chat", text: words, needs_response: false });
  await rig.sql`
    insert into public.messages (interaction_id, external_id, direction, text, sent_at) values
      (${chat}, '1', 'in', ${`${words} и ${phones.message}`}, now()),
      (${chat}, '2', 'out', ${`Звоним на ${phones.reply}`}, now() + interval '1 second'),
      (${chat}, '3', 'in', 'Ольга Игоревна ждёт', now() + interval '2 seconds')`;
  const bare = await rig.insert({
    ...own,
    channel: "chat",
    text: null,
    last_message_text: `Это ${phones.preview}`,
  });
  return [...public_, chat, bare];
}

test("nothing personal of any text reaches the far side, nor the fullest log", async ({ rig }) => {
  const child = runCli(["worker"], {
    DATABASE_URL: rig.db.url,
    LLM_BASE_URL: rig.model.baseUrl,
    LLM_MODEL: "test-model",
    OPENAI_API_KEY: "sk-test",
    LOG_LEVEL: "trace",
    SHUTDOWN_GRACE_MS: "100",
  });
  try {
    await child.says("worker running");
    const ids = await insertAll(rig);
    for (const id of ids) await rig.drafted(id);
    const latest = () => rig.model.calls("ждёт").length > 0;
    await until(async () => latest(), { what: "the chat's last message was sent" });
    await rig.idle();
  } finally {
    child.child.kill("SIGTERM");
  }
  expect(await child.ended).toBe(0);
  const sent = JSON.stringify(rig.model.calls().map(({ body }) => body));
  for (const secret of secrets) {
    expect(sent, "sent").not.toContain(secret);
    expect(child.err() + child.out(), "logged").not.toContain(secret);
  }
  expect(child.err()).toContain('"level":"trace"');
  for (const known of [
    "Имя покупателя: Ольга",
    "[ТЕЛЕФОН_1]",
    "[КАРТА_1]",
    "[АДРЕС_1]",
    "[ЗАКАЗ_1]",
    "[ФАМИЛИЯ_1]",
  ])
    expect(sent).toContain(known);
}, 40_000);

test("a chat's reply may name the buyer's order; a phone, and anything in public, is left out of a reply", async ({
  rig,
}) => {
  rig.model.script(() =>
    answer({
      text: "Здравствуйте! Видим заказ [ЗАКАЗ_1] в переписке. Перезвоним на [ТЕЛЕФОН_1]. Спасибо, что написали нам, статус виден в личном кабинете.",
      recommendation_reason: "Покупатель оставил [ТЕЛЕФОН_1].",
    }),
  );
  await rig.start();
  const text = `Где заказ 5551234567? Мой телефон ${phones.text}`;
  const chat = await rig.drafted(await rig.insert({ channel: "chat", text: null, last_message_text: text }));
  expect(chat.text).toBe(
    "Здравствуйте! Видим заказ 5551234567 в переписке. Спасибо, что написали нам, статус виден в личном кабинете.",
  );
  expect(chat["recommendation_reason"]).toBe("Покупатель оставил (скрыто: телефон).");
  const review = await rig.drafted(await rig.insert({ channel: "review", rating: 2, text }));
  expect(review.text).toBe("Здравствуйте! Спасибо, что написали нам, статус виден в личном кабинете.");
});

test("a reply that is nothing but a placeholder counts as a failed answer, and a fallback shows", async ({
  rig,
}) => {
  rig.model.script(() => answer({ text: "[ТЕЛЕФОН_1]" }));
  await rig.start();
  const id = await rig.insert({ text: `Звоните ${phones.text}` });
  const draft = await rig.drafted(id, (found) => found.provisional);
  expect(draft.text).not.toContain("[");
  const [row] = await rig.sql`select outcome, error_code from predraft.drafts where source = 'llm' limit 1`;
  expect(row).toEqual({ outcome: "failed", error_code: "model_invalid_answer" });
});
