import { describe, expect, test } from "vitest";
import { withoutOurs } from "../../../src/llm/errors/own-words.ts";

const sent = ["Маркетплейс: wildberries\nИмя покупателя: Анна\nТекст: Молния сломалась, my phone is lost"];
const key = "sk-proj-4711abcdef";
const cut = (words: string): string => withoutOurs(words, sent, key);

describe("what a service says is shown", () => {
  test.each([
    ["as it is, if none of it is ours", "response_format json_object is not supported by this server"],
    ["in its own language", "不支持该参数"],
  ])("%s", (_, words) => {
    expect(cut(words)).toBe(words);
  });

  test.each([
    ["a buyer's words, quoted", "Invalid prompt: 'Молния сломалась'", "Invalid prompt: '…'"],
    ["a part of a word", "Bad input near Молни", "Bad input near …"],
    ["words as JSON escapes them", String.raw`Bad input \u041c\u043e\u043b\u043d\u0438\u044f`, "Bad input …"],
    ["words in a sentence without spaces", "输入Молния无效", "…"],
    ["a buyer's Latin words", "flagged: phone lost", "flagged: …"],
    [
      "the key, whole or masked",
      `Incorrect API key: ${key}, or sk-proj-**, or cdef`,
      "Incorrect API key: …, or …**, or …",
    ],
  ])("without %s", (_, words, shown) => {
    expect(cut(words)).toBe(shown === "…" ? "" : shown);
  });

  test("in one line, and no more than two hundred characters of it", () => {
    const long = cut(`Error:\n\n${"bad ".repeat(100)}`);
    expect(long).toMatch(/^Error: bad/);
    expect(long.length).toBeLessThanOrEqual(201);
  });
});
