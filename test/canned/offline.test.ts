import { describe, expect, test } from "vitest";
import { draftAnswer } from "../../src/domain/answer.ts";
import type { DraftBrief } from "../../src/domain/brief.ts";
import { createOfflineProvider } from "../../src/llm/providers/offline.ts";
import { briefWith } from "../helpers/brief.ts";

const prompt = { version: "1", system: "", user: "" };

async function answer(brief: DraftBrief) {
  const { answer } = await createOfflineProvider().generate({ brief, prompt }, new AbortController().signal);
  return answer;
}

test("answers at once, free of charge and without a network", async () => {
  const provider = createOfflineProvider();
  const completion = await provider.generate({ brief: briefWith(), prompt }, new AbortController().signal);
  expect(provider).toMatchObject({ name: "offline", model: "rules-1", remote: false });
  expect(completion).toMatchObject({ billed: [], responseModel: "rules-1" });
  expect(draftAnswer.parse(completion.answer)).toEqual(completion.answer);
});

test("stops for an abort that came first", async () => {
  const generation = createOfflineProvider().generate({ brief: briefWith(), prompt }, AbortSignal.abort());
  await expect(generation).rejects.toMatchObject({ name: "PredraftError", code: "model_aborted" });
});

describe("a question about a given fact", () => {
  const attributes = {
    Состав: "хлопок 95%, эластан 5%",
    "Материал верха": "натуральная кожа",
    "Вес товара с упаковкой (г)": "300 г",
    Размер: "42–48",
    "Размер упаковки": "10×20 см",
    Объем: "500 мл.",
    "Страна производства": "Россия",
  };
  const ask = (text: string, cues: string[] = []) =>
    answer(
      briefWith({ channel: "question", rating: null, text, cues, product: { name: "Вещь", attributes } }),
    );

  test.each([
    ["Какой состав у футболки?", ["specification"], "состав — хлопок 95%, эластан 5%"],
    ["Из какого материала сделано?", ["specification"], "материал верха — натуральная кожа"],
    ["Подойдёт на 46?", ["size"], "размер — 42–48"],
    ["Подскажите, сколько весит?", [], "вес товара с упаковкой (г) — 300 г"],
    ["какой объём", ["specification"], "объем — 500 мл"],
    ["Размер и состав?", ["size", "specification"], "состав — хлопок 95%, эластан 5%; размер — 42–48"],
    ["В какой стране производство?", [], "страна производства — Россия"],
  ])("%j is answered from it", async (text, cues, fact) => {
    const reply = await ask(text, cues);
    expect(reply.text).toContain(fact);
    expect(reply.text).not.toMatch(/\{|\.\./u);
    expect(reply.recommendation_reason).toContain("ответ из описания товара");
  });

  test.each([
    ["Какая мощность?", ["specification"]],
    ["На вес 60 кг какой брать?", ["size"]],
    ["А цветок живой?", []],
    ["Пришёл брак, состав не тот!", ["defect"]],
    ["Была аллергия, какой состав?", ["harm"]],
  ])("%j takes none that does not fit", async (text, cues) => {
    const reply = await ask(text, cues);
    for (const value of ["хлопок", "300", "500", "10×20"]) expect(reply.text).not.toContain(value);
  });

  test("values that are no plain text are left out", async () => {
    const spoiled = {
      Состав: "см. https://example.com",
      Цвет: "{{color}}",
      Вес: "x".repeat(400),
      Объем: "—",
    };
    const product = { name: null, attributes: spoiled };
    const text = "Какой состав, цвет, объем? Сколько весит?";
    const reply = await answer(briefWith({ channel: "question", rating: null, text, product }));
    expect(reply.text).not.toMatch(/https|color|xxx|— —/u);
  });

  test("long values give way, so that the reply stays within its limit", async () => {
    const attributes = { Состав: "хлопок ".repeat(22), Цвет: "белый ".repeat(26), Объем: "литр ".repeat(31) };
    const product = { name: null, attributes };
    const text = "Какой состав, цвет и объем?";
    const reply = await answer(briefWith({ channel: "question", rating: null, text, product }));
    expect(reply.text).toContain("состав — хлопок");
    expect(reply.text.length).toBeLessThanOrEqual(500);
  });

  test("a value with replacement signs is given as it is", async () => {
    const product = { name: null, attributes: { Состав: "хлопок $& $1" } };
    const reply = await answer(briefWith({ channel: "question", rating: null, text: "Состав?", product }));
    expect(reply.text).toContain("хлопок $& $1");
  });
});
