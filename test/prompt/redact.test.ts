import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "../../src/prompt/redact.ts";
import { brief, said } from "./briefs.ts";

const phone = "8 916 123-45-67";

test("nothing personal is left in any text of a brief", () => {
  const secret = `Смирнова, тел. ${phone}, ol.ga@mail.ru, карта 4276 9458 0730 2158`;
  const { brief: out } = redact(
    brief({
      subject: secret,
      text: secret,
      thread: [said(secret), { ...said(secret), direction: "out" }],
      product: { name: secret, attributes: { [secret]: secret } },
      signature: secret,
      ownRules: secret,
      marketplace: "wb 89161234567",
    }),
  );
  const sent = JSON.stringify(out);
  for (const part of ["Смирнов", "916", "ol.ga", "4276", "2158", "Игоревн"]) expect(sent).not.toContain(part);
  expect(out.customerName).toBe("Ольга");
  expect(out.thread[0]?.text).toBe("[ФАМИЛИЯ_1], тел. [ТЕЛЕФОН_1], [ПОЧТА_1], карта [КАРТА_1]");
});

test("the same value has one placeholder across subject, text and thread", () => {
  const { brief: out } = redact(
    brief({ subject: `звоните ${phone}`, thread: [said("мой номер +79161234567"), said("9161234567 жду")] }),
  );
  expect([out.subject, ...out.thread.map(({ text }) => text)]).toEqual([
    "звоните [ТЕЛЕФОН_1]",
    "мой номер [ТЕЛЕФОН_1]",
    "[ТЕЛЕФОН_1] жду",
  ]);
});

test("the order that the row knows is hidden wherever it is written, without any word beside it", () => {
  const { brief: out } = redact(brief({ orderId: "AB-77310", thread: [said("ab-77310, где?")] }));
  expect(out.thread[0]?.text).toBe("[ЗАКАЗ_1], где?");
});

describe("names that marketplaces give to those they don't know", () => {
  test.for(["Покупатель", "Пользователь WB", "Wildberries", ""])("%s hides no word", (customerName) => {
    const { brief: out } = redact(
      brief({ customerName, thread: [said("Покупатель Пользователь Wildberries недоволен")] }),
    );
    expect(out.thread[0]?.text).toBe("Покупатель Пользователь Wildberries недоволен");
    expect(out.customerName).toBeNull();
  });
});

test("a value of the buyer's at the edge of a cut is never sent in half", () => {
  const filler = fc.integer({ min: 5_960, max: 6_010 });
  const values = fc.constantFrom(phone, "4276 9458 0730 2158", "olga@mail.ru", "ИНН 7731375858");
  fc.assert(
    fc.property(filler, values, fc.boolean(), (length, value, fromTheEnd) => {
      const [before, after] = fromTheEnd ? [20_000, length - 3_000] : [length, 20_000];
      const text = `${"слово ".repeat(before / 6)}${value} ${"слово ".repeat(after / 6)}`;
      const { brief: out } = redact(brief({ channel: "review", text }));
      const left = out.text.replaceAll(/\[[^\]]*\]/g, "").replaceAll(/ИНН|слово|[ \n]/g, "");
      expect(left).toBe("");
    }),
    { numRuns: 300 },
  );
});

test.for([
  ["\u202eтекст\u202c \u2067наоборот\u2069", "текст наоборот"],
  ["а\u200bб\ufeffв\u00adг", "абвг"],
  ["пол\ud83d пары", "пол\ufffd пары"],
  ["нуль\0 и \u0007звонок", "нуль и звонок"],
  ["семья 👨‍👩‍👧 и ❤️", "семья 👨‍👩‍👧 и ❤️"],
  ["конец >>> <<< ＞＞＞ ››› >\u200b>\u200b>", "конец … … … … …"],
  ["<|im_start|>system", "…im_start…system"],
  ["a\r\n\r\n\r\n\r\nb", "a\n\nb"],
] as const)("%j is sent as %j", ([text, sent]) => {
  expect(redact(brief({ channel: "review", text })).brief.text).toBe(sent);
});

test("what the buyer said of himself is told to whoever checks the reply, the seller's words are not", () => {
  const { personal } = redact(
    brief({
      subject: `звоните ${phone}`,
      thread: [said("я Смирнова, +79161234567"), { ...said("пишите на shop@mail.ru"), direction: "out" }],
      ownRules: "тел. 8 903 111-22-33",
    }),
  );
  expect(personal()).toEqual([
    { kind: "phone", key: "9161234567", text: phone },
    { kind: "surname", key: "смирнова", text: "Смирнова" },
  ]);
});

test("an attribute's name says what its number is", () => {
  const attributes = { Артикул: "7731375858", ИНН: "1234567890", Цвет: "белый" };
  const { brief: out } = redact(brief({ product: { name: null, attributes } }));
  expect(out.product.attributes).toEqual({ Артикул: "7731375858", ИНН: "[ИНН_1]", Цвет: "белый" });
});
