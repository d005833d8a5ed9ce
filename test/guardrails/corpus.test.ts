import { describe, expect, test } from "vitest";
import { rules } from "../../src/guardrails/rules/all.ts";
import type { Code } from "../../src/guardrails/warning.ts";
import { isFound, type Sample, samplesOf } from "./corpus.ts";

const folders = ["corpus", "held-out"] as const;
const fewest = { corpus: 40, "held-out": 10 } as const;

interface Score {
  readonly code: Code;
  readonly sentences: number;
  readonly precision: number;
  readonly recall: number;
  readonly wrong: readonly string[];
}

function scoreOf(code: Code, samples: readonly Sample[]): Score {
  const judged = samples.map((sample) => ({ ...sample, isFound: isFound(code, sample) }));
  const count = (isFault: boolean, isFoundToo: boolean): number =>
    judged.filter((sample) => sample.isFault === isFault && sample.isFound === isFoundToo).length;
  const hits = count(true, true);
  return {
    code,
    sentences: samples.length,
    precision: hits / (hits + count(false, true)),
    recall: hits / (hits + count(true, false)),
    wrong: judged
      .filter((sample) => sample.isFault !== sample.isFound)
      .map(({ text, isFault }) => `${isFault ? "missed" : "found"}: ${text}`),
  };
}

const table = (scores: readonly Score[]): string =>
  scores
    .map(({ code, sentences, precision, recall }) =>
      [code.padEnd(24), String(sentences).padStart(4), precision.toFixed(3), recall.toFixed(3)].join("  "),
    )
    .join("\n");

describe.each(folders)("labelled sentences of %s", (folder) => {
  const scores = rules.map(({ code }) => scoreOf(code, samplesOf(folder, code)));

  test("number enough for each rule, half of them near misses", () => {
    process.stdout.write(`${folder}: rule, sentences, precision, recall\n${table(scores)}\n`);
    for (const { code } of rules) {
      const samples = samplesOf(folder, code);
      const nearMisses = samples.filter(({ isFault }) => !isFault).length;
      expect(samples.length, code).toBeGreaterThanOrEqual(fewest[folder]);
      expect(nearMisses / samples.length, code).toBeGreaterThan(0.4);
      expect(nearMisses / samples.length, code).toBeLessThan(0.6);
      expect(new Set(samples.map(({ text, subject }) => JSON.stringify([text, subject]))).size, code).toBe(
        samples.length,
      );
    }
  });

  test.each(scores)(
    "$code: at least 0.95 of what is found is wrong, and of what is wrong is found",
    (score) => {
      expect(score.precision, score.wrong.join("\n")).toBeGreaterThanOrEqual(0.95);
      expect(score.recall, score.wrong.join("\n")).toBeGreaterThanOrEqual(0.95);
    },
  );
});
