import { describe, expect, test } from "vitest";
import { checkInputsOf, readBuyer } from "../../src/guardrails/check-input.ts";
import { rules } from "../../src/guardrails/rules/all.ts";
import { subjectWith } from "./corpus.ts";

/** Texts that grow into what a careless pattern would choke on. */
const adversaries: readonly (readonly [string, string])[] = [
  ["one word", "а"],
  ["hyphens", "а-"],
  ["words", "мы "],
  ["first words of phrases", "мы вернем за срок обещаем "],
  ["negations", "не мы не можем не "],
  ["digits", "8 9"],
  ["digits and brackets", "(9) "],
  ["dots", "а."],
  ["at signs", "а@"],
  ["slashes", "https:/"],
  ["braces", "{"],
  ["angles", "<a "],
  ["square brackets", "[имя "],
  ["equals", "a1="],
  ["questions", "ли? "],
  ["capitals and commas", "Анна, "],
  ["streets", "ул. Мира "],
  ["mixed scripts", "aя"],
  ["marks", "и\u0306\u0301"],
  ["spaces", " \u200b"],
  ["single letters", "а б "],
];

const longest = 20_000;
const shortest = longest / 8;

/** The least of a few runs in microseconds of this process's own time: what others do on the machine doesn't count. */
function cost(work: () => void): number {
  const runs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...runs);
}

describe.each(adversaries)("of %s", (_, unit) => {
  const text = (length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

  test("eight times as many cost no rule more than a linear share, with room for noise", () => {
    const subject = subjectWith({
      channel: "review",
      rating: 1,
      buyerTexts: ["Пришёл брак"],
      personal: ["Ленина 5, кв. 12"],
    });
    const slow = rules.filter(({ find }) => {
      const [short, long] = [text(shortest), text(longest)].map((draft) => {
        const on = checkInputsOf(subject, readBuyer(subject))(draft);
        return cost(() => find(on));
      }) as [number, number];
      // Quadratic would be 64 times as much.
      return long > 20_000 && long > short * 32;
    });
    expect(slow.map(({ code }) => code)).toEqual([]);
  });

  test("reading them costs a linear share", () => {
    const plain = subjectWith();
    const [short, long] = [text(shortest), text(longest)].map((draft) =>
      cost(() => checkInputsOf(plain, readBuyer(plain))(draft)),
    );
    expect((long as number) < 20_000 || (long as number) < (short as number) * 32).toBe(true);
  });
});
