import { expect, test } from "vitest";
import { hasPlaceholder, namedPlaceholders, withoutPlaceholders } from "../../src/privacy/placeholders.ts";

test.for([
  ["Спасибо за отзыв, нам приятно.", "Спасибо за отзыв, нам приятно."],
  [
    "Здравствуйте! Спасибо, что написали нам. Перезвоним на [ТЕЛЕФОН_1]. Напишите, пожалуйста, какой размер нужен.",
    "Здравствуйте! Спасибо, что написали нам. Напишите, пожалуйста, какой размер нужен.",
  ],
  ["Здравствуйте! Ваш заказ № [ЗАКАЗ_1] в пути.", "Здравствуйте! Ваш в пути."],
  ["Ответ пришлём на [ПОЧТА_1].", "Ответ пришлём."],
  ["Мы позвоним по номеру [ТЕЛЕФОН_1], не волнуйтесь", "Мы позвоним, не волнуйтесь"],
  ["По вашему адресу [ адрес_2 ] всё верно", "По вашему всё верно"],
  ["ТЕЛЕФОН_1", ""],
  ["[ТЕЛЕФОН_1]", ""],
] as const)("%j becomes %j", ([text, clean]) => {
  expect(withoutPlaceholders(text)).toBe(clean);
  expect(hasPlaceholder(clean)).toBe(false);
});

test.for(["телефон_12х", "Карта 5", "[Заказ 7]", "ЗАКАЗЫ_1", "МИНН_1", "[ТЕЛЕФОН]"])(
  "%j is a word and no placeholder",
  (text) => {
    expect(hasPlaceholder(text)).toBe(false);
    expect(withoutPlaceholders(text)).toBe(text);
  },
);

test("a note to the operator names what was hidden", () => {
  expect(namedPlaceholders("Покупатель оставил [ТЕЛЕФОН_1] и [ПОЧТА_1], спрашивает о [ЗАКАЗ_2].")).toBe(
    "Покупатель оставил (скрыто: телефон) и (скрыто: почта), спрашивает о (скрыто: номер заказа).",
  );
});
