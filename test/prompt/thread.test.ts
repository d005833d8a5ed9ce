import { beforeAll, describe, expect, test } from "vitest";
import { openPrompts, type PromptWriter } from "../../src/prompt/prompt.ts";
import { redact } from "../../src/prompt/redact.ts";
import { viewOfThread } from "../../src/prompt/thread.ts";
import { type CountTokens, cutToTokens, loadTokenCounter } from "../../src/prompt/tokens.ts";
import { brief, said } from "./briefs.ts";

let prompts: PromptWriter;
let count: CountTokens;
beforeAll(async () => {
  [prompts, count] = await Promise.all([openPrompts(), loadTokenCounter()]);
});
const userOf = (over: Parameters<typeof brief>[0]) => prompts.write(redact(brief(over)).brief).user;
const many = (length: number) => Array.from({ length }, (_, n) => said(`сообщение номер ${n + 1}`));

describe("a long thread", () => {
  test("keeps its first message and its latest, and says how many are left out between", () => {
    const user = userOf({ thread: many(1_000) });
    const numbers = [...user.matchAll(/сообщение номер (\d+)>>>/g)].map((match) => Number(match[1]));
    const [first, second] = numbers;
    expect(first).toBe(1);
    expect(numbers.at(-1)).toBe(1_000);
    expect(numbers.slice(1)).toEqual(
      Array.from({ length: numbers.length - 1 }, (_, n) => (second as number) + n),
    );
    expect(user).toContain(`номер 1>>>\n[… пропущено сообщений: ${1_000 - numbers.length} …]\n`);
    expect(count(user)).toBeLessThan(3_300);
    expect(numbers.length).toBeGreaterThan(100);
  });

  test("counts those in that the database left out already", () => {
    const thread = [...many(5), ...many(100)];
    const user = userOf({ thread, gap: { after: 5, count: 4_895 } });
    expect(user).toContain(
      "номер 5>>>\n[… пропущено сообщений: 4895 …]\nПокупатель: <<<сообщение номер 1>>>",
    );
  });

  test("that fits is shown whole, without a mark", () => {
    const user = userOf({ thread: many(50) });
    expect(user).not.toContain("пропущено");
    expect(user.match(/сообщение номер/g)).toHaveLength(50);
  });

  test("of huge messages keeps the last one above all", () => {
    const huge = Array.from({ length: 105 }, (_, n) =>
      said(`начало${n} ${"вода ".repeat(200_000)} конец${n}`),
    );
    const user = userOf({ thread: huge });
    for (const part of ["начало0", "начало104", "конец104", "[…]"]) expect(user).toContain(part);
    expect(count(user)).toBeLessThan(4_700);
  });
});

test("a view never counts more messages than it keeps, and one", () => {
  const counted: string[] = [];
  const counting: CountTokens = (text) => {
    counted.push(text);
    return count(text);
  };
  const budget = { whole: 300, first: 50, message: 100, last: 100 };
  const view = viewOfThread(many(1_000), null, budget, counting);
  expect(new Set(counted).size).toBeLessThanOrEqual(view.first.length + view.latest.length + 1);
  expect(view.first.length + view.latest.length + view.omitted).toBe(1_000);
});

describe("a text cut to tokens", () => {
  test.for([
    ["слово ".repeat(5_000), 200],
    ["ж".repeat(5_000), 100],
    ["🙂".repeat(3_000), 100],
    ["<|endoftext|> ".repeat(1_000), 50],
    [" ".repeat(9_000), 10],
  ] as const)("%#: is within its budget, and well-formed", ([text, most]) => {
    const cut = cutToTokens(text, most, count);
    expect(count(cut)).toBeLessThanOrEqual(most);
    expect(cut.isWellFormed()).toBe(true);
  });

  test("has more of the head than of the tail, and uses what it may", () => {
    const text = Array.from({ length: 3_000 }, (_, n) => `слово${n}`).join(" ");
    const cut = cutToTokens(text, 300, count);
    const [head, tail] = cut.split("[…]") as [string, string];
    expect(cut.startsWith("слово0 ")).toBe(true);
    expect(cut.endsWith(" слово2998") || cut.endsWith("слово2999")).toBe(true);
    expect(head.length).toBeGreaterThan(tail.length);
    expect(count(cut)).toBeGreaterThan(250);
  });

  test("that fits stays as it is", () => {
    expect(cutToTokens("коротко", 100, count)).toBe("коротко");
  });
});
