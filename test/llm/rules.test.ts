import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draftAnswer } from "../../src/llm/answer.ts";
import type { DraftBrief } from "../../src/llm/brief.ts";
import { composeReply } from "../../src/llm/rules/compose.ts";
import { intentOf } from "../../src/llm/rules/intent.ts";
import { sentimentOf } from "../../src/llm/rules/sentiment.ts";
import { briefWith, fromBuyer, fromSeller } from "./brief.ts";
import { briefGrid } from "./brief-grid.ts";
import { forbidden } from "./forbidden.ts";

const signature = "Команда магазина «Лён»";
const textOf = (changes: Partial<DraftBrief>) => composeReply(briefWith(changes)).text;

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

  test.each(["iPhone 15 Pro Max?", "Подойдёт на Samsung Galaxy Tab?", "ok", "Қайырлы күн"])(
    "%j is answered in Russian",
    (text) => {
      expect(textOf({ text, channel: "question", rating: null })).toMatch(/^Здравствуйте!/u);
    },
  );
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
