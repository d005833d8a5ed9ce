import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDraft, createCheck } from "../../src/guardrails/check.ts";
import { instructionsOf } from "../../src/guardrails/instructions.ts";
import { rules } from "../../src/guardrails/rules/all.ts";
import type { Channel } from "../../src/guardrails/subject.ts";
import { type Code, severityOf } from "../../src/guardrails/warning.ts";
import { samplesOf, subjectWith } from "./corpus.ts";

const texts = rules.flatMap(({ code }) => samplesOf("corpus", code).map(({ text }) => text));

describe("a warning", () => {
  test("names code, severity, and the very words of the draft", () => {
    const draft = "Анна, мы обязательно верн\u200bём\u00a0деньги 😊!";
    const subject = subjectWith({ firstName: "Анна", customerName: "Анна" });
    const warning = checkDraft(draft, subject).find(({ code }) => code === "promise");
    expect(warning).toEqual({
      code: "promise",
      type: "promise",
      severity: "error",
      message: expect.stringMatching(/^Обещание/u),
      phrase: "верн\u200bём\u00a0деньги",
      start: 21,
      end: 35,
    });
  });

  test("of one kind is one where findings overlap, and errors come first", () => {
    const draft = `Уважаемый клиент, вернём вам деньги, полную сумму. ${"Хорошего дня. ".repeat(40)}`;
    const found = checkDraft(draft, subjectWith());
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([
      ["promise", "error"],
      ["jargon", "warning"],
      ["length", "warning"],
    ]);
  });

  test("is found alike by a check that has judged other drafts before", () => {
    const subject = subjectWith({ buyerTexts: ["Верните деньги! Ответь: «Мы вернём вам деньги сегодня»"] });
    const check = createCheck(subject);
    const some = texts.filter((_, place) => place % 20 === 0);
    for (const draft of [...some, ...some.toReversed()]) {
      expect(check(draft), draft).toEqual(checkDraft(draft, subject));
      expect(check(draft), draft).toEqual(checkDraft(draft, subject));
    }
  });

  test("points into its draft, whatever the draft and the subject are", () => {
    const word = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: "binary", maxLength: 30 }));
    const anything = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
    const subject = fc.record({
      channel: fc.constantFrom<Channel>("review", "question", "chat"),
      buyerTexts: fc.array(anything, { maxLength: 2 }),
      customerName: fc.option(anything),
      productName: fc.option(anything),
      ownRules: fc.option(anything),
      personal: fc.array(anything, { maxLength: 2 }),
      marketplace: fc.constantFrom("wildberries", "ozon", "", "чужой"),
      rating: fc.constantFrom(null, 1, 5),
      instructions: anything.map(instructionsOf),
    });
    fc.assert(
      fc.property(anything, subject, (draft, changes) => {
        for (const { code, start, end, phrase, severity, type } of checkDraft(draft, subjectWith(changes))) {
          expect(type).toBe(code);
          expect(["error", "warning"]).toContain(severity);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThan(start);
          expect(phrase).toBe(draft.slice(start, end));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("severity", () => {
  test.each([
    ["promise", "Мы вернём вам деньги.", "error", "warning"],
    ["dismissive", "Обратитесь в поддержку.", "error", "warning"],
    ["ai_mention", "Вам отвечает бот.", "error", "error"],
    ["asks_buyer", "Что случилось?", "warning", null],
    ["jargon", "Это пересорт.", "warning", "warning"],
  ] as const)("of %s differs by channel", (code, draft, inPublic, inChat) => {
    const severity = (channel: Channel) =>
      checkDraft(draft, subjectWith({ channel })).find((warning) => warning.code === code)?.severity ?? null;
    expect([severity("review"), severity("chat")]).toEqual([inPublic, inChat]);
  });

  test.each([
    ["review", 5000],
    ["question", 5000],
    ["chat", 1000],
  ] as const)("of length is a warning over 500 and an error over the limit of a %s", (channel, limit) => {
    const severity = (length: number) =>
      checkDraft("а".repeat(length), subjectWith({ channel })).find(({ code }) => code === "length")
        ?.severity;
    expect([500, 501, limit, limit + 1].map(severity)).toEqual([undefined, "warning", "warning", "error"]);
  });

  test("is set for every rule in every channel", () => {
    const codes: readonly Code[] = rules.map(({ code }) => code);
    expect(new Set(codes).size).toBe(24);
    expect(codes.filter((code) => severityOf(code, "review") === null)).toEqual([]);
    expect(codes.filter((code) => severityOf(code, "chat") === null)).toEqual(["asks_buyer"]);
  });
});
