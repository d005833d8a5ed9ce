import { expect, test } from "vitest";
import { brokenOf, fixedRun } from "./fixed-run.ts";

test("two processes of 8 with a global limit of 10 never have 11 calls open", async () => {
  const result = await fixedRun("crowd");
  expect(brokenOf(result)).toEqual([]);
  expect(Math.max(...result.evidence.journal.map((call) => call.open))).toBe(10);
}, 300_000);
