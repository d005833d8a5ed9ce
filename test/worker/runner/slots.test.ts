import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createSlots, type Door } from "../../../src/worker/runner/slots.ts";

/** Asks at a door and tells whether the fetch was let through. */
async function ask(door: Door): Promise<() => boolean> {
  let admitted = false;
  void door.enter().then(() => {
    admitted = true;
  });
  await turn();
  return () => admitted;
}

/** Fills so many slots with ordinary jobs. */
async function fill(door: Door, jobs: number): Promise<void> {
  for (let n = 0; n < jobs; n += 1) {
    await door.enter();
    expect(door.occupy("ordinary")).toBe(true);
  }
}

describe("slots", () => {
  test("as many fetches go on as there are slots for everybody, and no more", async () => {
    const door = createSlots(4, 1).open();
    const asked = await Promise.all([1, 2, 3, 4, 5].map(() => ask(door)));
    expect(asked.map((admitted) => admitted())).toEqual([true, true, true, false, false]);
  });

  test("a fetch that finds nothing makes room for the next", async () => {
    const door = createSlots(1, 0).open();
    await door.enter();
    const next = await ask(door);
    expect(next()).toBe(false);
    door.leaveEmpty();
    await turn();
    expect(next()).toBe(true);
  });

  test("a kept slot fetches at a hint, once, and takes what is urgent", async () => {
    const slots = createSlots(3, 1);
    const door = slots.open();
    await fill(door, 2);
    const kept = await ask(door);
    expect(kept()).toBe(false);
    slots.hint();
    await turn();
    expect(kept()).toBe(true);
    expect(door.occupy("urgent")).toBe(true);
    expect((await ask(door))()).toBe(false);
  });

  test("what a kept slot brings is given back where it is ordinary, and the slot stays free", async () => {
    const slots = createSlots(3, 1);
    const door = slots.open();
    await fill(door, 2);
    slots.hint();
    await door.enter();
    expect(door.occupy("ordinary")).toBe(false);
    door.leave("ordinary");
    slots.hint();
    await door.enter();
    expect(door.occupy("urgent")).toBe(true);
  });

  test("a hint that comes while nobody waits is not lost", async () => {
    const slots = createSlots(2, 1);
    const door = slots.open();
    await fill(door, 1);
    slots.hint();
    expect((await ask(door))()).toBe(true);
  });

  test("urgent work takes any slot, and everything is full at the cap", async () => {
    const slots = createSlots(2, 1);
    const door = slots.open();
    await door.enter();
    expect(door.occupy("urgent")).toBe(true);
    await door.enter();
    expect(door.occupy("ordinary")).toBe(true);
    slots.hint();
    const next = await ask(door);
    expect(next()).toBe(false);
    door.leave("urgent");
    await turn();
    expect(next()).toBe(true);
  });

  test("one slot is for everybody, however many are to be kept", async () => {
    const door = createSlots(1, 5).open();
    await door.enter();
    expect(door.occupy("ordinary")).toBe(true);
  });

  test("fewer slots let what runs finish, and admit nobody until there is room", async () => {
    const slots = createSlots(3, 0);
    const door = slots.open();
    await fill(door, 3);
    slots.resize(1, 0);
    expect(slots.limit.concurrency).toBe(1);
    const next = await ask(door);
    door.leave("ordinary");
    door.leave("ordinary");
    await turn();
    expect(next()).toBe(false);
    door.leave("ordinary");
    await turn();
    expect(next()).toBe(true);
  });

  test("a fetch that was let through before there were fewer slots gives its ordinary job back", async () => {
    const slots = createSlots(2, 0);
    const door = slots.open();
    await fill(door, 1);
    await door.enter();
    slots.resize(1, 0);
    expect(door.occupy("ordinary")).toBe(false);
  });

  test("more slots act at once", async () => {
    const slots = createSlots(1, 0);
    const door = slots.open();
    await fill(door, 1);
    const next = await ask(door);
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
    old.leave("ordinary"); // comes back after all
    expect((await ask(slots.open()))()).toBe(false);
  });

  test("a runner that ends lets its waiting fetches go and leaves its fetches to others, its jobs until they end", async () => {
    const slots = createSlots(2, 0);
    const old = slots.open();
    await fill(old, 1);
    await old.enter();
    const waiting = await ask(old);
    expect(waiting()).toBe(false);
    old.close();
    await turn();
    expect(waiting()).toBe(true);

    const young = slots.open();
    await young.enter();
    expect(young.occupy("ordinary")).toBe(true);
    const next = await ask(young);
    expect(next()).toBe(false);
    old.leaveEmpty();
    old.leaveEmpty();
    await turn();
    expect(next()).toBe(false);
    old.leave("ordinary");
    await turn();
    expect(next()).toBe(true);
  });
});
