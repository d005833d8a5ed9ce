import type { JobHelpers } from "graphile-worker";
import { expect, test } from "vitest";
import { createSlots } from "../../../src/worker/runner/slots.ts";
import { unslotted } from "../../../src/worker/runner/slotted.ts";

test("a sweep that never gets its answer keeps no draft from its slot", async () => {
  const door = createSlots(1, 0).open();
  await door.enter();
  void unslotted(door, () => new Promise(() => undefined))({}, {} as JobHelpers);
  await door.enter();
  expect(door.occupy("ordinary")).toBe(true);
});
