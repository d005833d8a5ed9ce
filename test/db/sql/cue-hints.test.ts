import { describe, expect } from "vitest";
import { test } from "../../helpers/test.ts";

const BRANCHES = 4000;

/** Texts that the notation of predraft.cue_words stands for, at most BRANCHES a line; enough to walk each of its words. */
function samples(line: string): string[] {
  let at = 0;
  const either = (): string[] => {
    const out = sequence();
    while (line[at] === "|") {
      at += 1;
      out.push(...sequence());
    }
    return out;
  };
  const piece = (): string[] => {
    if (line.startsWith("[^.!?]*", at)) {
      at += 7;
      return ["x"];
    }
    const sign = line[at++] ?? "";
    if (sign === "(") {
      const inner = either();
      at += 1;
      return inner;
    }
    const special: Record<string, string[]> = { "~": ["", " "], "%": ["", "ла"], ">": [" "] };
    return special[sign] ?? [sign];
  };
  const sequence = (): string[] => {
    let out = [""];
    while (at < line.length && line[at] !== "|" && line[at] !== ")") {
      let options = piece();
      if (line[at] === "?" || line[at] === "*") {
        at += 1;
        options = ["", ...options];
      }
      out = out.flatMap((head) => options.map((tail) => head + tail)).slice(0, BRANCHES);
    }
    return out;
  };
  return either();
}

describe("the hint in front of a search", () => {
  for (const [hint, codes] of [
    ["hint_grave", ["harm", "counterfeit", "legal"]],
    ["hint_trouble", ["defect", "wrong_item"]],
  ] as const) {
    test(`${hint} finds every word of ${codes.join(", ")}`, async ({ db }) => {
      for (const code of codes) {
        const [words] = await db.sql<{ notation: string }[]>`select predraft.cue_words(${code}) as notation`;
        const lines = (words?.notation ?? "").split("\n").map((line) => line.trim());
        const texts = lines.filter((line) => line !== "").flatMap(samples);
        expect(texts.length).toBeGreaterThan(50);
        const rows = await db.sql<{ text: string; found: boolean; hinted: boolean }[]>`
          select text, text ~ predraft.cue_regex(array[${code}]) as found, text ~ predraft.cue_regex(array[${hint}]) as hinted
          from unnest(${texts}::text[]) as t(text)`;
        expect(rows.filter((row) => !row.found || !row.hinted).map((row) => row.text)).toEqual([]);
      }
    });
  }
});
