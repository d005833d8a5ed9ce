import { describe, expect } from "vitest";
import { createBackpressure } from "../../../src/worker/runner/backpressure.ts";
import { createSlots } from "../../../src/worker/runner/slots.ts";
import { status } from "../../helpers/model-server.ts";
import { test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

describe("a service that asks to wait", () => {
  test("gets half as many calls at once, then one more a clean window, up to the setting", () => {
    const slots = createSlots(8, 1);
    const { throttled, endWindow } = createBackpressure(slots);
    const places = () => slots.limit.concurrency;
    throttled();
    throttled();
    expect(places(), "a burst counts once").toBe(4);
    endWindow();
    expect(places(), "that window was not clean").toBe(4);
    throttled();
    endWindow();
    throttled();
    endWindow();
    throttled();
    endWindow();
    expect(places(), "never none").toBe(1);
    for (const expected of [2, 3, 4, 5, 6, 7, 8, 8]) {
      endWindow();
      expect(places()).toBe(expected);
    }
    expect(slots.cap).toBe(8);
  });

  test("is bound by the setting, also where that changes meanwhile", () => {
    const slots = createSlots(8, 1);
    const { throttled, endWindow } = createBackpressure(slots);
    throttled();
    slots.resize(2, 1);
    expect(slots.limit.concurrency).toBe(2);
    slots.resize(20, 1);
    expect(slots.limit.concurrency, "what it told us still holds").toBe(4);
    endWindow();
    endWindow();
    expect(slots.limit.concurrency).toBe(5);
  });

  test("gets fewer jobs at once from the worker itself", { timeout: 60_000 }, async ({ rig }) => {
    const first = rig.model.hold();
    await rig.start();
    await Promise.all(Array.from({ length: 12 }, () => rig.insert()));
    await first.arrived(7);
    const second = rig.model.hold();
    first.release(status(429, { "retry-after": "0.2" }));
    const narrowed = async () => {
      const jobs = await rig.sql`select reason from predraft.queue`;
      const running = jobs.filter((job) => job["reason"] === "running").length;
      return jobs.length === 12 && running >= 3 && running <= 4;
    };
    await second.arrived(3);
    await until(narrowed, { what: "three or four run, and all others wait" });
    second.release();
    await rig.idle();
  });
});
