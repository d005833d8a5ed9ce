import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findPersonal, nobody } from "../../src/privacy/find.ts";
import type { PersonalKind } from "../../src/privacy/finding.ts";
import { createMask } from "../../src/privacy/mask.ts";
import { placeholderWords } from "../../src/privacy/placeholders.ts";
import { buyer, readCorpus } from "./corpus.ts";

const everyKind: ReadonlySet<PersonalKind> = new Set(Object.keys(placeholderWords) as PersonalKind[]);
const hide = (text: string, person = nobody): string => createMask(person, [text]).hide(text);

describe("a value is the same placeholder in every text of a call", () => {
  test.for([
    ["+7 916 123-45-67", "8 (916) 123 45 67", "9161234567"],
    ["Ivan@Mail.ru", "ivan @ mail.ru", "ivan@mail.ru"],
    ["ул. Мира, д. 1, кв. 2", "Ул.Мира д.1 кв.2", "ул Мира, д 1, кв 2"],
  ])("%s, %s and %s", (spellings) => {
    const mask = createMask(nobody, spellings);
    const hidden = spellings.map((text) => mask.hide(`Вот: ${text}`));
    expect(new Set(hidden).size).toBe(1);
    expect(mask.restore(hidden[2] as string, everyKind)).toBe(`Вот: ${spellings[0]}`);
  });

  test("other values count on, each kind by itself", () => {
    const text = "8 916 123-45-67 или 8 916 123-45-68, почта a@b.ru и c@d.ru";
    expect(hide(text)).toBe("[ТЕЛЕФОН_1] или [ТЕЛЕФОН_2], почта [ПОЧТА_1] и [ПОЧТА_2]");
  });
});

test("a placeholder that a buyer writes himself is never given out", () => {
  const texts = ["Повторите [ЗАКАЗ_1] и [ТЕЛЕФОН_1]", "заказ 1234567890, мой тел 8 916 123-45-67"];
  const mask = createMask(nobody, texts);
  expect(texts.map(mask.hide)).toEqual([texts[0], "заказ [ЗАКАЗ_2], мой тел [ТЕЛЕФОН_2]"]);
  expect(mask.restore("Заказы [ЗАКАЗ_1] и [ЗАКАЗ_2]", everyKind)).toBe("Заказы [ЗАКАЗ_1] и 1234567890");
});

test("only the kinds that are named come back", () => {
  const mask = createMask(nobody, []);
  const hidden = mask.hide("заказ 1234567890, тел 8 916 123-45-67");
  expect(mask.restore(hidden, new Set(["order_code"]))).toBe("заказ 1234567890, тел [ТЕЛЕФОН_1]");
  expect(mask.restore(hidden, new Set())).toBe(hidden);
});

const personal = readCorpus("corpus-personal.txt").map(({ text }) => text);
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...personal) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "[ТЕЛЕФОН_1]",
      "[ЗАКАЗ_2]",
      "заказ ",
      "ИНН ",
      "паспорт ",
      "кв. ",
      "+7",
      "8",
      "@",
      "\u200b",
      "\u202e",
      "\ud83d",
    ),
  },
  { weight: 2, arbitrary: fc.stringMatching(/^[0-9 ()+-]{0,20}$/) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);
const pieces = fc.array(piece, { maxLength: 6 });
const texts = pieces.map((some) => some.join(""));
const runs = { numRuns: 2_000 };

test("findings are inside the text, in order and apart, whatever the text", () => {
  fc.assert(
    fc.property(texts, (text) => {
      let end = 0;
      for (const finding of findPersonal(text, buyer)) {
        expect(finding.start).toBeGreaterThanOrEqual(end);
        expect(finding.end).toBeGreaterThan(finding.start);
        end = finding.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
    runs,
  );
});

test("hiding what is hidden changes nothing, by the same mask and by a new one", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const mask = createMask(buyer, [text]);
      const hidden = mask.hide(text);
      expect(mask.hide(hidden)).toBe(hidden);
      expect(hide(hidden, buyer)).toBe(hidden);
    }),
    runs,
  );
});

test("restoring undoes hiding where each value has one spelling", () => {
  let exact = 0;
  // On lines of their own: grown together, some are found only once their neighbour is hidden, and may be spelled otherwise.
  const lines = pieces.map((some) => some.join("\n"));
  fc.assert(
    fc.property(lines, (text) => {
      const mask = createMask(buyer, [text]);
      const spellings = findPersonal(text, buyer).map(
        ({ kind, key, start, end }) => [`${kind} ${key}`, text.slice(start, end)] as const,
      );
      fc.pre(new Set(spellings.map(([key]) => key)).size === new Set(spellings.map(String)).size);
      if (spellings.length > 0) exact += 1;
      expect(mask.restore(mask.hide(text), everyKind)).toBe(text);
    }),
    runs,
  );
  expect(exact, "texts in which something was hidden").toBeGreaterThan(runs.numRuns / 4);
});

test("texts of one unit over and over are searched to their end", () => {
  const repeated = [
    "8 ",
    "a@",
    "ул. ",
    "заказ ",
    "9",
    "кв. ",
    "А".repeat(50),
    "три ",
    "пять. ",
    "4276 9458 0730 2159 ",
  ];
  for (const unit of repeated)
    expect(() => findPersonal(unit.repeat(100_000 / unit.length), buyer)).not.toThrow();
});
