import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { meanwhile } from "../../src/drafts/generate.ts";

const counted = (work: () => number) => {
  let runs = 0;
  const take = meanwhile(() => {
    runs += 1;
    return work();
  });
  return { take, runs: () => runs };
};

test("work is done while something else is awaited, and once", async () => {
  const { take, runs } = counted(() => 7);
  expect(runs()).toBe(0);
  await turn();
  await turn();
  expect(runs()).toBe(1);
  expect([take(), take(), runs()]).toEqual([7, 7, 1]);
});

test("what is taken early is done then, and not again", async () => {
  const { take, runs } = counted(() => 7);
  expect(take()).toBe(7);
  await turn();
  await turn();
  expect(runs()).toBe(1);
});

test("an error is whoever's that takes it, and nobody's before", async () => {
  const { take, runs } = counted(() => {
    throw new Error("no");
  });
  await turn();
  await turn();
  expect(runs()).toBe(1);
  expect(take).toThrow("no");
  expect(take).toThrow("no");
  expect(runs()).toBe(1);
});
