import { expect, test } from "vitest";
import { findPersonal } from "../../src/privacy/find.ts";
import { placeholderWords } from "../../src/privacy/placeholders.ts";
import { buyer, readCorpus } from "./corpus.ts";

const sentences = [...readCorpus("corpus-personal.txt"), ...readCorpus("corpus-near-misses.txt")];
const kinds = Object.keys(placeholderWords) as (keyof typeof placeholderWords)[];

interface Score {
  found: number;
  missed: number;
  wrong: number;
}

/** What the rules make of the corpus, by kind, and every sentence that they get wrong. */
function measure() {
  const scores = Object.fromEntries(kinds.map((kind) => [kind, { found: 0, missed: 0, wrong: 0 } as Score]));
  const mistakes: string[] = [];
  for (const { text, personal } of sentences) {
    const findings = findPersonal(text, buyer);
    const same = (a: { start: number; end: number; kind: string }, b: typeof a) =>
      a.kind === b.kind && a.start === b.start && a.end === b.end;
    for (const wanted of personal) {
      const hit = findings.some((finding) => same(finding, wanted));
      (scores[wanted.kind] as Score)[hit ? "found" : "missed"] += 1;
      if (!hit) mistakes.push(`missed ${wanted.kind}: ${text}`);
    }
    for (const finding of findings) {
      if (personal.some((wanted) => same(finding, wanted))) continue;
      (scores[finding.kind] as Score).wrong += 1;
      mistakes.push(`wrong ${finding.kind} «${text.slice(finding.start, finding.end)}»: ${text}`);
    }
  }
  return { scores, mistakes };
}

test("the corpus is large, and half of it are near misses", () => {
  const clean = sentences.filter(({ personal }) => personal.length === 0).length;
  expect(sentences.length).toBeGreaterThanOrEqual(220);
  expect(clean / sentences.length).toBeGreaterThan(0.48);
  for (const kind of kinds) {
    const labelled = sentences.filter(({ personal }) => personal.some((found) => found.kind === kind)).length;
    expect(labelled, kind).toBeGreaterThanOrEqual(9);
  }
});

test("every kind is found with a precision and a recall of at least 0.95, to the character", () => {
  const { scores, mistakes } = measure();
  const table = kinds.map((kind) => {
    const { found, missed, wrong } = scores[kind] as Score;
    return {
      kind,
      labelled: found + missed,
      precision: found / (found + wrong),
      recall: found / (found + missed),
    };
  });
  if (process.env["PRIVACY_TABLE"]) process.stdout.write(`${JSON.stringify(table, null, 1)}\n`);
  const poor = table.filter(({ precision, recall }) => precision < 0.95 || recall < 0.95);
  expect(poor, mistakes.join("\n")).toEqual([]);
});
