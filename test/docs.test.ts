import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const pages = [
  "README.md",
  "CHANGELOG.md",
  "db/CONVENTIONS.md",
  ...readdirSync(join(root, "docs"), { recursive: true }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith(".md"));

describe.each(pages)("%s", (page) => {
  test("links to files that are there", () => {
    const links = [...read(page).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(
      (match) => match[1] as string,
    );
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  test("names files of the code that are there", () => {
    const named = [...read(page).matchAll(/`((?:src|db|tasks|test)\/[\w./-]+\.(?:ts|sql|md|ndjson))`/g)];
    const missing = named
      .map((match) => normalize(match[1] as string))
      .filter((file) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });
});

test("the walkthrough goes through at most 20 files, each named once", () => {
  const steps = [...read("docs/walkthrough.md").matchAll(/^\d+\. `([^`]+)`/gm)].map((match) => match[1]);
  expect(steps.length).toBeLessThanOrEqual(20);
  expect(new Set(steps).size).toBe(steps.length);
});

test("each decision stands in the index, and says context, decision and cost", () => {
  const index = read("docs/decisions/README.md");
  const decisions = readdirSync(join(root, "docs/decisions")).filter((file) => /^\d{4}-/.test(file));
  for (const file of decisions) {
    expect(index, file).toContain(`(${file})`);
    const text = read(`docs/decisions/${file}`);
    for (const part of ["**Context.**", "**Decision.**", "**Cost.**"]) expect(text, file).toContain(part);
  }
});
