import type { JobHelpers } from "graphile-worker";
import { expect, test } from "vitest";
import { createSlots, withoutSlot } from "../../../src/worker/runner/slots.ts";

test("a sweep that never gets its answer keeps no draft from its slot", async () => {
  const gate = createSlots(1, 0).open();
  await gate.acquire();
  void withoutSlot(gate, () => new Promise(() => undefined))({}, {} as JobHelpers);
  await gate.acquire();
  expect(gate.assign("ordinary")).toBe(true);
});
