import { describe, expect, test } from "vitest";
import { isConditional, isNegated } from "../../../src/guardrails/text/negation.ts";
import { phrases } from "../../../src/guardrails/text/phrases.ts";
import { tokenize } from "../../../src/guardrails/text/tokenize.ts";
import { fits, formsOf } from "../../../src/guardrails/text/word-forms.ts";

const found = (line: string, text: string): string[] => {
  const tokens = tokenize(text);
  return phrases([line])(tokens).map(({ first, last }) =>
    tokens.words
      .slice(first, last + 1)
      .map((word) => word.text)
      .join(" "),
  );
};

describe("forms of a word", () => {
  test("are listed, nested, or open-ended", () => {
    const forms = formsOf("(верн(у|ем)|скидк*)");
    expect(["верну", "вернем", "скидка", "скидками"].every((word) => fits(word, forms))).toBe(true);
    expect(["вернуть", "верн", "скид"].some((word) => fits(word, forms))).toBe(false);
  });

  test("with an unclosed bracket are a mistake of ours", () => {
    expect(() => formsOf("(верну|вернем")).toThrow("unclosed");
  });
});

describe("a phrase", () => {
  test.each([
    ["бот(|а|ом)", "Вам пишет бот.", ["бот"]],
    ["бот(|а|ом)", "Всё работает, ботинки и робот-пылесос тоже.", []],
    ["ии", "Гарантии и серии, а не ИИ", ["ии"]],
    ["мы ..2 вернем", "Мы, конечно же, вернём", ["мы конечно же вернем"]],
    ["мы ..2 вернем", "Мы точно и без спора вернём", []],
    ["мы ..2 вернем", "Мы не вернём", []],
    ["мы ..2 вернем", "Это мы. Вернём ли", []],
    ["за счет? магазина", "За магазина", ["за магазина"]],
    ["яндекс маркет*", "Яндекс.Маркет", ["яндекс маркет"]],
  ])("%j in %j", (line, text, expected) => {
    expect(found(line, text)).toEqual(expected);
  });
});

describe("what is said", () => {
  const promise = phrases(["(вернем|вернуть|гарантир*|обеща*)"]);
  const verdict = (text: string) => {
    const tokens = tokenize(text);
    return promise(tokens).map((match) =>
      isNegated(tokens, match) ? "denied" : isConditional(tokens, match) ? "conditional" : "said",
    );
  };

  test.each([
    ["Мы вернём деньги", "said"],
    ["Не волнуйтесь, вернём", "said"],
    ["Без проблем вернём", "said"],
    ["Не только вернём, но и обменяем", "said"],
    ["Мы не вернём", "denied"],
    ["Мы не можем вам вернуть", "denied"],
    ["К сожалению, не готовы сейчас вернуть", "denied"],
    ["Вернуть деньги мы не вправе", "denied"],
    ["У нас нет возможности вернуть", "denied"],
    ["Вернуть нельзя", "denied"],
    ["Если решите вернуть", "conditional"],
    ["Подскажем, когда вернём", "conditional"],
  ])("%j is %s", (text, expected) => {
    expect(verdict(text)).toEqual([expected]);
  });
});
