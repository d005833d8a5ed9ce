import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { intents } from "../../src/domain/answer.ts";
import { applyRules } from "../../src/eval/ask.ts";
import { type Labelled, labelledReader, lastWords } from "../../src/eval/labelled-set.ts";
import { test } from "../helpers/test.ts";

const here = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const lines = (await readFile(here("eval/interactions.ndjson"), "utf8")).trimEnd().split("\n");
const read = labelledReader(new Date());
const items = lines.map((line, n): Labelled => {
  const parsed = read(line);
  if ("refused" in parsed) throw new Error(`line ${n + 1}: ${parsed.refused}`);
  return parsed.item;
});
const briefs = items.map(({ brief }) => brief);
const having = (fits: (item: Labelled) => boolean): number => items.filter(fits).length;

describe("the labelled set that comes with predraft", () => {
  test("has 40 reviews over all stars, 40 questions and 40 chats with their threads", () => {
    for (const channel of ["review", "question", "chat"])
      expect(having(({ brief }) => brief.channel === channel)).toBe(40);
    for (const stars of [1, 2, 3, 4, 5])
      expect(having(({ brief }) => brief.rating === stars)).toBeGreaterThanOrEqual(5);
    expect(briefs.every(({ channel, rating }) => (channel === "review") === (rating !== null))).toBe(true);
    expect(briefs.every(({ channel, thread }) => (channel === "chat") === thread.length > 0)).toBe(true);
    expect(having(({ brief }) => brief.thread.length > 1)).toBeGreaterThanOrEqual(8);
    expect(having(({ brief }) => /Плюсы:[\s\S]*Минусы:/.test(brief.text))).toBeGreaterThanOrEqual(6);
  });

  test("has each intent at least four times, each priority and sentiment often, and escalations in each channel but questions", () => {
    for (const intent of intents)
      expect(having(({ labels }) => labels.intent === intent)).toBeGreaterThanOrEqual(4);
    for (const priority of ["urgent", "high", "normal", "low"])
      expect(having(({ labels }) => labels.sla_priority === priority)).toBeGreaterThanOrEqual(15);
    for (const sentiment of ["positive", "neutral", "negative"])
      expect(having(({ labels }) => labels.sentiment === sentiment)).toBeGreaterThanOrEqual(15);
    for (const channel of ["review", "chat"])
      expect(
        having(({ brief, labels }) => labels.needs_escalation && brief.channel === channel),
      ).toBeGreaterThanOrEqual(4);
  });

  test("has buyers of several languages, sellers of each tone, and names as hosts store them", () => {
    expect(having(({ brief }) => !/\p{Script=Cyrillic}/u.test(lastWords(brief)))).toBeGreaterThanOrEqual(4);
    for (const tone of ["formal", "neutral", "friendly"])
      expect(having(({ brief }) => brief.tone === tone)).toBeGreaterThanOrEqual(20);
    const names = briefs.map(({ customerName }) => customerName?.split(" ").length ?? 0);
    for (const words of [0, 1, 2, 3])
      expect(names.filter((n) => n === words).length).toBeGreaterThanOrEqual(4);
    expect(new Set(briefs.map(({ marketplace }) => marketplace)).size).toBe(3);
  });

  test("has no two texts alike, whatever their case, signs and spaces", () => {
    const bare = briefs.map(({ text, thread }) =>
      [text, ...thread.map((line) => line.text)]
        .join(" ")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}]+/gu, " "),
    );
    expect(new Set(bare).size).toBe(120);
    expect(new Set(briefs.map(({ interactionId }) => interactionId)).size).toBe(120);
  });

  test("carries what SQL's rules say of each line: test/eval/annotate.ts writes it anew", async ({ db }) => {
    const ruled = await applyRules(db.sql, items);
    expect(items).toEqual(ruled);
  });

  test("is labelled by a person: its priorities agree with SQL's rules as far as docs/evaluation.md says", async () => {
    const agreed = having(({ brief, labels }) => brief.priority === labels.sla_priority);
    expect(await readFile(here("docs/evaluation.md"), "utf8")).toContain(`${agreed} of 120`);
  });
});
