import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalize } from "../../../src/guardrails/text/normalize.ts";

describe("a normalized text", () => {
  test.each([
    ["Ёлка", "елка"],
    ["вернём", "вернем"],
    ["вернём", "вернем"], // е and a combining diaeresis
    ["мой", "мой"], // и and a combining breve
    ["де\u200bньги", "деньги"],
    ["де\u00adньги", "деньги"],
    ["мы\u00a0вернём\u2009деньги", "мы вернем деньги"],
    ["много   пробелов\t\tи\n\n строк", "много пробелов и\nстрок"],
    ["возвpaт", "возврат"], // Latin p and a
    ["скидκа", "скидка"], // Greek kappa
    ["вернëм", "вернем"], // Latin e with a diaeresis
    ["GРТ", "gpt"], // Cyrillic Р and Т
    ["ChatGPT", "chatgpt"],
    ["ｓｋｕ", "sku"],
    ["𝐆𝐏𝐓", "gpt"],
    ["пр0м0код", "промокод"],
    ["с к и д к а", "скидка"],
    ["п.р.о.м.о.к.о.д", "промокод"],
    ["и т. д. и т. п.", "и т. д. и т. п."],
    ["А в с ним", "а в с ним"],
    ["размер 2х3м", "размер 2х3м"],
    ["«ёлочки» — тире…", '"елочки" - тире.'],
    ["за́мок", "замок"],
  ])("%j reads %j", (original, normalized) => {
    expect(normalize(original).text).toBe(normalized);
  });

  test("leads back to the original, unit by unit", () => {
    const original = "Мы\u00a0верн\u200bём 😊 деньги";
    const { text, starts, ends } = normalize(original);
    const at = text.indexOf("вернем");
    expect(original.slice(starts[at], ends[at + 5])).toBe("верн\u200bём");
    const money = text.indexOf("деньги");
    expect(original.slice(starts[money], ends[money + 5])).toBe("деньги");
  });

  test("of any text at all keeps the order of its original", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (original) => {
        const { text, starts, ends } = normalize(original);
        expect(starts).toHaveLength(text.length);
        expect(ends).toHaveLength(text.length);
        starts.forEach((start, at) => {
          expect(start).toBeLessThan(ends[at] as number);
          expect(ends[at]).toBeLessThanOrEqual(original.length);
          if (at > 0) expect(start).toBeGreaterThanOrEqual(starts[at - 1] as number);
        });
      }),
      { numRuns: 500 },
    );
  });
});
