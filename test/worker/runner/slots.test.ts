import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createSlots, type SlotGate } from "../../../src/worker/runner/slots.ts";

/** Asks at a gate and tells whether the fetch was let through. */
async function ask(gate: SlotGate): Promise<() => boolean> {
  let admitted = false;
  void gate.acquire().then(() => {
    admitted = true;
  });
  await turn();
  return () => admitted;
}

/** Fills so many slots with ordinary jobs. */
async function fill(gate: SlotGate, jobs: number): Promise<void> {
  for (let n = 0; n < jobs; n += 1) {
    await gate.acquire();
    expect(gate.assign("ordinary")).toBe(true);
  }
}

describe("slots", () => {
  test("as many fetches go on as there are slots for everybody, and no more", async () => {
    const gate = createSlots(4, 1).open();
    const asked = await Promise.all([1, 2, 3, 4, 5].map(() => ask(gate)));
    expect(asked.map((admitted) => admitted())).toEqual([true, true, true, false, false]);
  });

  test("a fetch that finds nothing makes room for the next", async () => {
    const gate = createSlots(1, 0).open();
    await gate.acquire();
    const next = await ask(gate);
    expect(next()).toBe(false);
    gate.releaseEmpty();
    await turn();
    expect(next()).toBe(true);
  });

  test("a kept slot fetches when nudged, once, and takes what is urgent", async () => {
    const slots = createSlots(3, 1);
    const gate = slots.open();
    await fill(gate, 2);
    const kept = await ask(gate);
    expect(kept()).toBe(false);
    slots.nudge();
    await turn();
    expect(kept()).toBe(true);
    expect(gate.assign("urgent")).toBe(true);
    expect((await ask(gate))()).toBe(false);
  });

  test("what a kept slot brings is given back where it is ordinary, and the slot stays free", async () => {
    const slots = createSlots(3, 1);
    const gate = slots.open();
    await fill(gate, 2);
    slots.nudge();
    await gate.acquire();
    expect(gate.assign("ordinary")).toBe(false);
    gate.release("ordinary");
    slots.nudge();
    await gate.acquire();
    expect(gate.assign("urgent")).toBe(true);
  });

  test("a hint that comes while nobody waits is not lost", async () => {
    const slots = createSlots(2, 1);
    const gate = slots.open();
    await fill(gate, 1);
    slots.nudge();
    expect((await ask(gate))()).toBe(true);
  });

  test("urgent work takes any slot, and everything is full at the cap", async () => {
    const slots = createSlots(2, 1);
    const gate = slots.open();
    await gate.acquire();
    expect(gate.assign("urgent")).toBe(true);
    await gate.acquire();
    expect(gate.assign("ordinary")).toBe(true);
    slots.nudge();
    const next = await ask(gate);
    expect(next()).toBe(false);
    gate.release("urgent");
    await turn();
    expect(next()).toBe(true);
  });

  test("one slot is for everybody, however many are to be kept", async () => {
    const gate = createSlots(1, 5).open();
    await gate.acquire();
    expect(gate.assign("ordinary")).toBe(true);
  });

  test("fewer slots let what runs finish, and admit nobody until there is room", async () => {
    const slots = createSlots(3, 0);
    const gate = slots.open();
    await fill(gate, 3);
    slots.resize(1, 0);
    expect(slots.limit.concurrency).toBe(1);
    const next = await ask(gate);
    gate.release("ordinary");
    gate.release("ordinary");
    await turn();
    expect(next()).toBe(false);
    gate.release("ordinary");
    await turn();
    expect(next()).toBe(true);
  });

  test("a fetch that was let through before there were fewer slots gives its ordinary job back", async () => {
    const slots = createSlots(2, 0);
    const gate = slots.open();
    await fill(gate, 1);
    await gate.acquire();
    slots.resize(1, 0);
    expect(gate.assign("ordinary")).toBe(false);
  });

  test("more slots act at once", async () => {
    const slots = createSlots(1, 0);
    const gate = slots.open();
    await fill(gate, 1);
    const next = await ask(gate);
    slots.resize(2, 0);
    await turn();
    expect(next()).toBe(true);
  });

  test("what a runner that is gone never came back with takes no slot from others", async () => {
    const slots = createSlots(1, 0);
    const old = slots.open();
    await fill(old, 1);
    const next = await ask(slots.open());
    old.close();
    await turn();
    expect(next()).toBe(false);
    old.forget();
    await turn();
    expect(next()).toBe(true);
    old.release("ordinary"); // comes back after all
    expect((await ask(slots.open()))()).toBe(false);
  });

  test("a runner that ends lets its waiting fetches go and leaves its fetches to others, its jobs until they end", async () => {
    const slots = createSlots(2, 0);
    const old = slots.open();
    await fill(old, 1);
    await old.acquire();
    const waiting = await ask(old);
    expect(waiting()).toBe(false);
    old.close();
    await turn();
    expect(waiting()).toBe(true);

    const young = slots.open();
    await young.acquire();
    expect(young.assign("ordinary")).toBe(true);
    const next = await ask(young);
    expect(next()).toBe(false);
    old.releaseEmpty();
    old.releaseEmpty();
    await turn();
    expect(next()).toBe(false);
    old.release("ordinary");
    await turn();
    expect(next()).toBe(true);
  });
});
