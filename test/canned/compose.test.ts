import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeReply } from "../../src/canned/compose.ts";
import { intentOf } from "../../src/canned/intent.ts";
import { sentimentOf } from "../../src/canned/sentiment.ts";
import { draftAnswer } from "../../src/domain/answer.ts";
import type { DraftBrief } from "../../src/domain/brief.ts";
import { briefWith, fromBuyer, fromSeller } from "../helpers/brief.ts";
import { briefGrid } from "./brief-grid.ts";

const textOf = (changes: Partial<DraftBrief>) => composeReply(briefWith(changes)).text;

describe("variety", () => {
  const many = (changes: Partial<DraftBrief>, ids = 24) =>
    new Set(Array.from({ length: ids }, (_, id) => textOf({ ...changes, interactionId: String(id) }))).size;

  test("common situations have at least six wordings, the others four", () => {
    for (const text of ["Отлично", ""]) expect(many({ rating: 5, text })).toBeGreaterThanOrEqual(6);
    expect(many({ channel: "chat", rating: null })).toBeGreaterThanOrEqual(6);
    const counts = new Map<string, Set<string>>();
    for (const brief of briefGrid()) {
      if (brief.customerName !== null || brief.tone !== "neutral" || brief.signature !== null) continue;
      const key = [brief.channel, brief.rating, brief.cues, brief.text === "", brief.marketplace].join("|");
      counts.set(key, (counts.get(key) ?? new Set()).add(composeReply(brief).text));
    }
    expect([...counts].filter(([, texts]) => texts.size < 4).map(([key]) => key)).toEqual([]);
  });

  test("ids that are no numbers are spread as well, and stay with their wording", () => {
    const ids = ["wb-1", "wb-2", "wb-3", "0f9c2a", "chat:8", "x", ""];
    const texts = ids.map((interactionId) => textOf({ interactionId }));
    expect(texts).toEqual(ids.map((interactionId) => textOf({ interactionId })));
    expect(new Set(texts.slice(0, 3)).size).toBe(3);
  });

  test("a chat never gets the same ending twice in a row", () => {
    const ending = (text: string) => text.split(/(?<=[.!]) /u).at(-1);
    const thread = [fromBuyer("Где заказ")];
    const seen: (string | undefined)[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const reply = textOf({ channel: "chat", rating: null, thread: [...thread], cues: ["delivery"] });
      expect(seen).not.toContain(ending(reply));
      seen.push(ending(reply));
      thread.push(fromSeller(reply) as never, fromBuyer("Так где он"));
    }
  });
});

test("a chat's reply says nothing that an earlier one said", () => {
  const reply = (earlier: string) => {
    const thread = [fromBuyer("Где заказ"), fromSeller(earlier), fromBuyer("Так где он")];
    return textOf({ channel: "chat", rating: null, thread, cues: ["delivery"] });
  };
  const first = reply("Здравствуйте!");
  const parts = (text: string) => text.split(/(?<=[.!]) /u);
  expect(parts(reply(first)).filter((part) => parts(first).includes(part))).toEqual([]);
});

describe("a reply to a review", () => {
  test.each([1, 2])("%i stars: sympathy and a step that exists", (rating) => {
    for (let id = 0; id < 12; id++) {
      const text = textOf({ rating, interactionId: String(id) });
      expect(text).toMatch(/жаль|сожале|понимаем/iu);
      expect(text).toMatch(/чат(?:е)? с продавцом/u);
    }
  });

  test("3 stars: names that there was a flaw", () => {
    for (let id = 0; id < 12; id++) {
      for (const text of ["Нормально", ""]) {
        const reply = textOf({ rating: 3, text, interactionId: String(id) });
        expect(reply).toMatch(/не во всём|не полностью|неоднозначн|замечан/u);
      }
    }
  });

  test.each(["defect", "wrong_item", "return"])("%s: the return in the marketplace's account", (cue) => {
    for (let id = 0; id < 12; id++) {
      const text = textOf({ rating: 1, cues: [cue], interactionId: String(id), marketplace: "ozon" });
      expect(text).toMatch(/возврат.*в личном кабинете Ozon|в личном кабинете Ozon.*возврат/iu);
    }
  });

  test("no stars, or stars out of range, are nobody's praise or blame", () => {
    for (const rating of [null, 0, 6, -1, 2.5, Number.NaN]) {
      expect(composeReply(briefWith({ rating })).sentiment).toBe("neutral");
      expect(textOf({ rating })).not.toMatch(/жаль|рады, что|звёзд|высок/u);
    }
  });

  test("emoji alone count as a rating without text", () => {
    expect(textOf({ text: "👍👍 !!!" })).toBe(textOf({ text: "" }));
  });
});

describe("a reply in a chat", () => {
  const chat = (changes: Partial<DraftBrief>) => textOf({ channel: "chat", rating: null, ...changes });
  const unseen = /никто не (?:посмотрел|успел|открывал)/u;

  test("says of a picture that nobody has seen it yet", () => {
    for (let id = 0; id < 12; id++) {
      const interactionId = String(id);
      expect(chat({ interactionId, text: "" })).toMatch(/никто|не успел/u);
      const torn = [fromBuyer("Порвалось"), fromBuyer("")];
      for (const cues of [["defect"], ["harm"]]) {
        expect(chat({ interactionId, thread: torn, cues })).toMatch(/никто|не успел/u);
      }
      expect(chat({ interactionId, thread: [fromBuyer(""), fromBuyer("Порвалось")] })).not.toMatch(unseen);
    }
  });

  test("goes on with the name alone where the talk is under way", () => {
    const thread = [fromBuyer("Где заказ"), fromSeller("Здравствуйте!"), fromBuyer("Так где он")];
    const customerName = "Кузнецова Мария Сергеевна";
    expect(chat({ thread, customerName, cues: ["delivery"], tone: "formal" })).toMatch(/^Мария, \p{Ll}/u);
    expect(chat({ thread, cues: ["delivery"] })).not.toContain("Здравствуйте");
  });

  test.each([
    ["delivery", /заказ|доставк/u],
    ["defect", /проблем|что-то не так|подвела|состояни|огорчил/u],
    ["size", /размер/u],
    ["cancel", /отмен/u],
    ["return", /возврат|вернуть/iu],
    ["thanks", /спасибо|пожалуйста|приятно/iu],
  ])("%s: refers to the subject", (cue, subject) => {
    for (let id = 0; id < 12; id++) expect(chat({ cues: [cue], interactionId: String(id) })).toMatch(subject);
  });

  test("thanks counts only where nothing else matches", () => {
    expect(chat({ cues: ["thanks", "defect"] })).toBe(chat({ cues: ["defect"] }));
  });
});

describe("the language", () => {
  test.each([
    ["Very bad quality, it broke on the first day"],
    ["Thanks!"],
    ["Ware kam beschädigt hier an, nicht wieder"],
  ])("%j is answered in English", (text) => {
    for (const channel of ["review", "question", "chat"] as const) {
      for (const cue of ["", "harm", "defect", "return", "delivery", "thanks"]) {
        const cues = cue === "" ? [] : [cue];
        const customerName = "Анна";
        const [first, second] = ["1", "2"].map((interactionId) =>
          textOf({
            text,
            channel,
            rating: channel === "review" ? 1 : null,
            cues,
            customerName,
            interactionId,
          }),
        );
        expect(first).not.toMatch(/\p{Script=Cyrillic}|[{}]/u);
        expect(first).not.toBe(second);
      }
    }
  });

  test.each([
    "iPhone 15 Pro Max?",
    "Good day! Подскажите, пожалуйста, какой размер",
    "Подойдёт на Samsung Galaxy Tab?",
    "ok",
    "Қайырлы күн",
  ])("%j is answered in Russian", (text) => {
    expect(textOf({ text, channel: "question", rating: null })).toMatch(/^Здравствуйте!/u);
  });
});

test("a signature that would break the limit is left out", () => {
  expect(textOf({ signature: "я".repeat(480) })).toBe(textOf({}));
  expect(textOf({ signature: " \n\u0000 " })).toBe(textOf({}));
});

test.each([
  [{ cues: ["thanks", "delivery"], channel: "chat" }, "delivery_status", "neutral"],
  [{ cues: ["delivery"], rating: 1 }, "delivery_delay", "negative"],
  [{ cues: ["defect", "return"], channel: "chat" }, "defect_not_working", "negative"],
  [{ cues: ["counterfeit"], channel: "question" }, "compliance_safety", "neutral"],
  [{ cues: ["harm"], channel: "chat" }, "compliance_safety", "negative"],
  [{ cues: ["thanks"], channel: "chat" }, "thanks", "positive"],
  [{ cues: [], rating: 2 }, "quality_complaint", "negative"],
  [{ cues: [], rating: 3 }, "quality_complaint", "neutral"],
  [{ cues: [], rating: 5 }, "thanks", "positive"],
  [{ cues: ["defect"], rating: 5 }, "defect_not_working", "neutral"],
  [{ cues: [], channel: "question" }, "pre_purchase", "neutral"],
  [{ cues: [], channel: "chat" }, "other", "neutral"],
] as [Partial<DraftBrief>, string, string][])("%j is understood as %s, %s", (changes, intent, sentiment) => {
  const brief = briefWith(changes);
  expect([intentOf(brief), sentimentOf(brief)]).toEqual([intent, sentiment]);
});

test("no brief makes it throw, fall silent or run over", () => {
  const wild = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string(),
    fc.constant("\ud800\udfff\ud800"),
  );
  const line = fc.record({
    direction: fc.constantFrom("in" as const, "out" as const),
    text: wild,
    sentAt: fc.date(),
  });
  const briefs = fc.record({
    interactionId: fc.oneof(wild, fc.bigInt().map(String)),
    sellerId: wild,
    marketplace: fc.oneof(wild, fc.constantFrom("ozon", "__proto__", "constructor")),
    channel: fc.constantFrom("review", "question", "chat", "mail") as fc.Arbitrary<DraftBrief["channel"]>,
    rating: fc.option(fc.oneof(fc.integer({ min: -2, max: 8 }), fc.double())),
    subject: fc.option(wild),
    text: fc.oneof(wild, fc.constant("я".repeat(20_000)), fc.constant("Какой состав, размер, вес?")),
    thread: fc.array(line, { maxLength: 5 }),
    customerName: fc.option(fc.oneof(wild, fc.constant("Кузнецова Мария Сергеевна"))),
    priority: fc.constantFrom("urgent", "high", "normal", "low"),
    cues: fc.array(fc.oneof(fc.constantFrom("harm", "defect", "size", "thanks", "return"), wild), {
      maxLength: 4,
    }),
    product: fc.record({
      name: fc.option(wild),
      attributes: fc.dictionary(fc.oneof(wild, fc.constantFrom("Состав", "Размер")), wild, { maxKeys: 6 }),
    }),
    tone: fc.constantFrom("formal", "neutral", "friendly", "loud") as fc.Arbitrary<DraftBrief["tone"]>,
    signature: fc.option(wild),
    ownRules: fc.option(wild),
  });
  fc.assert(
    fc.property(briefs, (brief) => {
      const answer = composeReply(brief);
      expect(draftAnswer.safeParse(answer).success).toBe(true);
      expect(answer.text.length).toBeLessThanOrEqual(500);
      expect(answer.text.isWellFormed()).toBe(true);
      expect(composeReply(brief)).toEqual(answer);
    }),
    { numRuns: 1500 },
  );
});
