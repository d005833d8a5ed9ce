import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { mutations } from "./mutations.ts";

test("each guard that the chaos suite takes out stands once where it is looked for", async () => {
  const missing: string[] = [];
  for (const { guard, edits } of mutations) {
    for (const { file, find } of edits) {
      const text = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
      if (text.split(find).length !== 2) missing.push(`${guard}: ${file}`);
    }
  }
  expect(missing).toEqual([]);
});
