import { expect, test } from "vitest";
import { brokenOf, fixedRun } from "./fixed-run.ts";

test("killed, cut off, locked out and lied to, predraft leaves no row without its draft and pays for none twice", async () => {
  const result = await fixedRun("short");
  expect(brokenOf(result)).toEqual([]);
  // Nothing above means anything if nothing had happened.
  expect(result.evidence.journal.length).toBeGreaterThan(100);
  expect(result.evidence.diary.disturbances.length).toBeGreaterThan(3);
}, 300_000);
