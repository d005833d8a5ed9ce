import { describe, expect, test } from "vitest";
import { composeReply } from "../../src/canned/compose.ts";
import { draftAnswer } from "../../src/domain/answer.ts";
import type { DraftBrief } from "../../src/domain/brief.ts";
import { briefGrid } from "./brief-grid.ts";
import { forbidden } from "./forbidden.ts";

const signature = "Команда магазина «Лён»";

describe("every reply, whatever the situation,", () => {
  const replies = new Map<string, DraftBrief[]>();
  for (const brief of briefGrid()) {
    const { text } = composeReply(brief);
    const same = replies.get(text);
    if (same === undefined) replies.set(text, [brief]);
    else same.push(brief);
  }

  /** A few of the texts that break a rule and are not excused by each brief that they answer. */
  function offenders(
    breaks: (text: string) => boolean,
    inBrief: (brief: DraftBrief) => boolean = () => true,
  ) {
    return [...replies.keys()].filter((text) => breaks(text) && replies.get(text)?.some(inBrief)).slice(0, 5);
  }

  test("is short: at most 500 characters, two to four sentences", () => {
    const sentences = (text: string) =>
      text.replace(`\n${signature}`, "").match(/[^.!]+[.!](?=\s|$)/gu)?.length ?? 0;
    expect(offenders((text) => text.length > 500 || sentences(text) < 2 || sentences(text) > 4)).toEqual([]);
  });

  test("asks nothing in a review, and is well-formed everywhere", () => {
    const isReview = ({ channel }: DraftBrief) => channel === "review";
    expect(offenders((text) => text.includes("?"), isReview)).toEqual([]);
    expect(offenders((text) => /[{}]|undefined|null| {2}|\s[.,!]|[.!][.!]|^\s|\s$/u.test(text))).toEqual([]);
    expect(offenders((text) => /(?:^|[.!]\s)\p{Ll}/u.test(text))).toEqual([]);
  });

  test.each(forbidden)("keeps away from: $what", ({ pattern, unless }) => {
    const isBound = (brief: DraftBrief) => !unless?.(brief);
    expect(offenders((text) => pattern.test(text), isBound)).toEqual([]);
  });

  test.each([
    ["wildberries", /Wildberries|(?<!\p{L})ВБ(?!\p{L})/u],
    ["ozon", /Ozon|Озон/u],
    ["yandex_market", /Яндекс/u],
  ])("names %s only where it is the row's own", (name, pattern) => {
    const elsewhere = ({ marketplace }: DraftBrief) => marketplace !== name;
    expect(offenders((text) => pattern.test(text), elsewhere)).toEqual([]);
    expect([...replies.keys()].some((text) => pattern.test(text))).toBe(true);
  });

  test("carries the signature where one is set", () => {
    const isSigned = (text: string) => text.endsWith(`\n${signature}`);
    expect(offenders(isSigned, (brief) => brief.signature === null)).toEqual([]);
    expect(
      offenders(
        (text) => !isSigned(text),
        (brief) => brief.signature !== null,
      ),
    ).toEqual([]);
  });

  test("greets by the first name, never by surname or patronymic", () => {
    expect(offenders((text) => /Кузнецов|Сергеевн/u.test(text))).toEqual([]);
    const isNamed = ({ customerName }: DraftBrief) => customerName?.includes("Мария") ?? false;
    const grave = ["harm", "counterfeit", "legal", "defect", "wrong_item"];
    const isWarm = ({ channel, rating, cues }: DraftBrief) =>
      channel === "review" && (rating === null ? !cues.some((cue) => grave.includes(cue)) : rating >= 4);
    const notByName = (text: string) => !text.startsWith("Мария, ");
    expect(offenders(notByName, (brief) => isNamed(brief) && isWarm(brief))).toEqual([]);
    const notGreeted = (text: string) => !text.startsWith("Здравствуйте, Мария! ");
    expect(offenders(notGreeted, (brief) => isNamed(brief) && !isWarm(brief))).toEqual([]);
    expect(
      offenders(
        (text) => text.includes("Мария"),
        (brief) => !isNamed(brief),
      ),
    ).toEqual([]);
  });

  test("writes «Вы» to a buyer unless the seller is friendly, and is quiet where formal", () => {
    const isFriendly = ({ tone }: DraftBrief) => tone === "friendly";
    const small = /(?<!\p{L})(?:вы|вас|вам|вами|ваш\p{L}{0,3})(?!\p{L})/u;
    expect(
      offenders(
        (text) => small.test(text),
        (brief) => !isFriendly(brief),
      ),
    ).toEqual([]);
    expect(offenders((text) => /[\p{Ll},] В(?:ы|ас|ам|аш)/u.test(text), isFriendly)).toEqual([]);
    const isLoud = (text: string) => text.replace(/^Здравствуйте[^!]*!/u, "").includes("!");
    expect(offenders(isLoud, ({ tone }) => tone === "formal")).toEqual([]);
    expect(offenders((text) => /благодарим вас, что/iu.test(text))).toEqual([]);
  });

  test("differs from its neighbour's", () => {
    const isNeighbours = (text: string) =>
      replies.get(text)?.some((brief) => {
        const next = String(Number(brief.interactionId) + 1);
        return composeReply({ ...brief, interactionId: next }).text === text;
      }) ?? false;
    expect(offenders(isNeighbours)).toEqual([]);
  });

  test("is a valid answer with the host's priority and a short Russian reason", () => {
    const faults = [...replies].filter(([, [brief]]) => {
      if (brief === undefined) return true;
      const answer = composeReply({ ...brief, priority: "urgent" });
      const reason = answer.recommendation_reason;
      const isReason = /^Правила: (?:отзыв|вопрос|чат)[^.?]*\.$/u.test(reason) && reason.length < 200;
      return !isReason || answer.sla_priority !== "urgent" || !draftAnswer.safeParse(answer).success;
    });
    expect(faults.slice(0, 5)).toEqual([]);
  });
});
