import { expect, test } from "vitest";
import { composeReply } from "../../src/canned/compose.ts";
import type { DraftBrief } from "../../src/domain/brief.ts";
import { subjectOf } from "../../src/drafts/draft-check.ts";
import { checkDraft } from "../../src/guardrails/check.ts";
import { briefGrid } from "../canned/brief-grid.ts";
import { briefWith, fromBuyer } from "../helpers/brief.ts";

/** What a buyer wrote where the database found this cue. */
const words: Readonly<Record<string, string>> = {
  harm: "Появилась сыпь",
  counterfeit: "Похоже на подделку",
  legal: "Подам в суд",
  defect: "Пришёл брак",
  wrong_item: "Пришло не то",
  return: "Хочу оформить возврат",
};
const englishWords: Readonly<Record<string, string>> = {
  ...words,
  return: "I want to return it",
  defect: "It is broken",
  wrong_item: "Wrong item",
};

/** What is found in the replies to these briefs, each thing once, with one reply that has it. */
function faultsIn(briefs: Iterable<DraftBrief>): readonly string[] {
  const faults = new Map<string, string>();
  const seen = new Set<string>();
  for (const brief of briefs) {
    const { text } = composeReply(brief);
    const key = JSON.stringify([text, brief.channel, brief.rating, brief.cues, brief.text]);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const { code, phrase } of checkDraft(text, subjectOf(brief))) {
      const fault = `${code} «${phrase}»`;
      if (!faults.has(fault)) faults.set(fault, `${fault}: ${text}`);
    }
  }
  return [...faults.values()];
}

/** Tones, names and marketplaces change few words; some of each are enough. */
const isSample = ({ tone, customerName, marketplace, interactionId }: DraftBrief): boolean =>
  (tone !== "neutral" || interactionId === "1000") &&
  (customerName === null || customerName === "Кузнецова Мария Сергеевна") &&
  ["wildberries", "yandex_market"].includes(marketplace);

function* spoken(): Generator<DraftBrief> {
  for (const brief of briefGrid()) {
    if (!isSample(brief)) continue;
    const said = words[brief.cues[0] ?? ""];
    yield said === undefined || brief.text === "" ? brief : { ...brief, text: `${brief.text}. ${said}.` };
  }
}

const kinds = [
  ...[1, 2, 3, 4, 5].map((rating) => ({ channel: "review" as const, rating })),
  { channel: "question" as const, rating: null },
  { channel: "chat" as const, rating: null },
];

function* english(): Generator<DraftBrief> {
  for (const cue of ["", "harm", "defect", "wrong_item", "return", "delivery", "size", "thanks"]) {
    const text = `What can I say about this item? ${englishWords[cue] ?? ""}`;
    const cues = cue === "" ? [] : [cue];
    for (const kind of kinds) {
      const thread = kind.channel === "chat" ? [fromBuyer(text)] : [];
      for (const interactionId of ["1", "2", "3"])
        yield briefWith({ ...kind, text, thread, cues, interactionId });
    }
  }
}

function* factual(): Generator<DraftBrief> {
  const attributes = { Состав: "хлопок 95%, эластан 5%", Размер: "42–48", Вес: "300 г" };
  for (const interactionId of ["1", "2", "3", "4"]) {
    for (const text of ["Какой состав?", "Подойдёт на 46?", "Сколько весит?"]) {
      const product = { name: "Футболка", attributes };
      yield briefWith({ channel: "question", rating: null, text, cues: ["size"], product, interactionId });
    }
  }
}

test.for([
  ["Russian", spoken],
  ["English", english],
  ["factual", factual],
] as const)("no guardrail finds anything in any %s fallback", { timeout: 120_000 }, ([, briefs]) => {
  expect(faultsIn(briefs())).toEqual([]);
});
