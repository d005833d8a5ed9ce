import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { checkDraft } from "../../src/guardrails/check.ts";
import { instructionsOf } from "../../src/guardrails/instructions.ts";
import { subjectWith } from "./corpus.ts";

const line = /^(?:★(\d) )?«([^»]+)»(?:, данные: (.+?))? → (.+)$/gmu;

test.each(["review", "question", "chat"] as const)(
  "no guardrail minds what the %s prompt shows as a good reply",
  async (channel) => {
    const prompt = await readFile(new URL(`../../src/prompt/prompts/${channel}.md`, import.meta.url), "utf8");
    const samples = [...prompt.matchAll(line)];
    expect(samples.length).toBeGreaterThan(1);
    for (const [, stars, buyer, data, reply] of samples) {
      const name = /(?:^|, )(Анна|Мария)[,!]/u.exec(reply as string)?.[1] ?? null;
      const [attribute, value] = (data ?? "Артикул: 1").split(": ", 2) as [string, string];
      const subject = subjectWith({
        channel,
        rating: stars === undefined ? null : Number(stars),
        buyerTexts: [buyer as string],
        attributes: { [attribute]: value },
        customerName: name,
        firstName: name,
        instructions: instructionsOf(prompt),
      });
      expect(checkDraft(reply as string, subject), reply).toEqual([]);
    }
  },
);
