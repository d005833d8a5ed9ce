import { expect, test } from "vitest";
import { nobody } from "../../src/privacy/find.ts";
import { createMask } from "../../src/privacy/mask.ts";
import { restored, withoutTraces } from "../../src/prompt/unmask.ts";

const mask = createMask(nobody, []);
mask.hide("заказ 5551234567, тел. 8 916 123-45-67, ул. Мира, д. 1, кв. 2");
const answer = (text: string) => ({
  text,
  intent: "other" as const,
  sentiment: "neutral" as const,
  sla_priority: "normal" as const,
  recommendation_reason: "Оставлен [ТЕЛЕФОН_1].",
  needs_escalation: false,
  escalation_reason: null as string | null,
});

test.for([
  ["chat", "Заказ 5551234567, [ТЕЛЕФОН_1], [АДРЕС_1]"],
  ["review", "Заказ [ЗАКАЗ_1], [ТЕЛЕФОН_1], [АДРЕС_1]"],
  ["question", "Заказ [ЗАКАЗ_1], [ТЕЛЕФОН_1], [АДРЕС_1]"],
] as const)(
  "in a %s what may come back is put back, the rest stays for the guardrails",
  ([channel, text]) => {
    const revealed = restored(answer("Заказ [ЗАКАЗ_1], [ТЕЛЕФОН_1], [АДРЕС_1]"), mask, channel);
    expect(revealed).toEqual(answer(text));
  },
);

test("an answer is shown without placeholders, and notes say what they stood for", () => {
  const noted = {
    ...answer("Спасибо за отзыв!"),
    escalation_reason: "Виден [АДРЕС_1].",
    needs_escalation: true,
  };
  expect(withoutTraces(noted)).toEqual({
    ...noted,
    recommendation_reason: "Оставлен (скрыто: телефон).",
    escalation_reason: "Виден (скрыто: адрес).",
  });
});

test.for(["[ТЕЛЕФОН_1]", "[ТЕЛЕФОН_1]!", " [АДРЕС_1] [ЗАКАЗ_9]. "])("%j alone is no answer", (text) => {
  expect(() => withoutTraces(answer(text))).toThrow(
    expect.objectContaining({ code: "model_invalid_answer", retryable: true }),
  );
});
