import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { locks } from "../../db/locks.ts";

const root = new URL("../../", import.meta.url);

async function sources(): Promise<string[]> {
  const folders = await Promise.all(
    ["db", "src", "tasks", "test"].map(async (folder) =>
      (await readdir(new URL(folder, root), { recursive: true })).map((file) => `${folder}/${file}`),
    ),
  );
  // Schemas that were shipped keep the numbers that they had.
  return folders.flat().filter((file) => /\.(ts|sql)$/.test(file) && !/fixtures\/schema-/.test(file));
}

test("no two advisory locks have one number", () => {
  expect(new Set(Object.values(locks)).size).toBe(Object.keys(locks).length);
});

test("the number of an advisory lock stands in db/locks.ts and nowhere else", async () => {
  const numbers = Object.values(locks).map(String);
  const places: string[] = [];
  for (const file of await sources()) {
    const text = await readFile(new URL(file, root), "utf8");
    if (numbers.some((number) => text.includes(number))) places.push(file);
  }
  expect(places).toEqual(["db/locks.ts"]);
});

test("an advisory lock is never taken by a number that is written out", async () => {
  const literal = /pg_(try_)?advisory_[a-z_]*lock[a-z_]*\(\s*\d/;
  const places: string[] = [];
  for (const file of await sources()) {
    if (literal.test(await readFile(new URL(file, root), "utf8"))) places.push(file);
  }
  expect(places).toEqual([]);
});
