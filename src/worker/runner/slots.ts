import type { JobHelpers, Task } from "graphile-worker";
import pLimit, { type LimitFunction } from "p-limit";

/** A job as the slots see it: urgent work may take the slots that are kept for it, ordinary work may not. */
export type Kind = "urgent" | "ordinary";

/** One runner's gate to the slots. */
export interface SlotGate {
  /** To be awaited before each fetch: resolves when the job that it may bring has a slot. */
  acquire(): Promise<null>;
  /** The fetch found nothing, or failed. */
  releaseEmpty(): void;
  /** The fetch brought a job. False where it is ordinary and only slots for urgent work are free: it is to be given back. */
  assign(kind: Kind): boolean;
  /** The job has ended. */
  release(kind: Kind): void;
  /** The runner comes to an end: whoever waits at this gate is let through, so that it can. */
  close(): void;
  /** The runner is gone: what it never came back with takes no slot from others any more. */
  forget(): void;
}

/** How many jobs this process works on at once, and how many of these places are kept for urgent work. */
export interface Slots {
  /** Caps the model calls: never more at once than there are slots, in whatever runner. */
  readonly limit: LimitFunction;
  readonly cap: number;
  /** Changes act at once: fewer slots let what runs finish. */
  resize(cap: number, reserve: number): void;
  /** No more than so many places, whatever the cap, until told otherwise; the cap stays what it is. */
  limitTo(places: number): void;
  /** Urgent work may have come: one kept slot looks. */
  nudge(): void;
  open(): SlotGate;
}

/**
 * Counts jobs and not only calls, since a job that is fetched is locked: with a fetch for each free slot and no more, whatever is
 * most urgent when a slot becomes free gets it. The last `reserve` slots fetch when nudged only. What they bring is the most urgent job
 * there is; where that is an ordinary one after all, it goes back, and the slot stays free.
 */
export function createSlots(cap: number, reserve: number): Slots {
  const limit = pLimit(cap);
  const waiting: { readonly gate: object; readonly admit: () => void }[] = [];
  const running = { urgent: 0, ordinary: 0 };
  let fetching = 0;
  let nudges = 0;
  let set = { cap, reserve };
  let places = Number.POSITIVE_INFINITY;
  let size = { cap, ordinary: ordinaryOf(cap, reserve) };

  const measure = (): void => {
    const cap = Math.min(set.cap, places);
    size = { cap, ordinary: ordinaryOf(cap, set.reserve) };
    limit.concurrency = cap;
    admitNext();
  };

  const admitNext = (): void => {
    while (waiting.length > 0 && running.urgent + running.ordinary + fetching < size.cap) {
      if (running.ordinary + fetching >= size.ordinary) {
        if (nudges === 0) return;
        nudges -= 1;
      }
      fetching += 1;
      waiting.shift()?.admit();
    }
  };

  const open = (): SlotGate => {
    const gate = {};
    const mine = { urgent: 0, ordinary: 0, fetching: 0 };
    let closed = false;
    let forgotten = false;
    return {
      async acquire() {
        const { promise: admitted, resolve } = Promise.withResolvers<null>();
        const admit = (): void => {
          mine.fetching += 1;
          resolve(null);
        };
        if (closed) admit();
        else waiting.push({ gate, admit });
        admitNext();
        return await admitted;
      },
      releaseEmpty() {
        if (mine.fetching === 0) return;
        mine.fetching -= 1;
        if (closed) return;
        fetching -= 1;
        admitNext();
      },
      assign(kind) {
        mine.fetching -= 1;
        if (!closed) fetching -= 1;
        if (forgotten) return true;
        mine[kind] += 1;
        running[kind] += 1;
        return kind === "urgent" || running.ordinary <= size.ordinary;
      },
      release(kind) {
        if (forgotten) return;
        mine[kind] -= 1;
        running[kind] -= 1;
        admitNext();
      },
      forget() {
        if (forgotten) return;
        forgotten = true;
        running.urgent -= mine.urgent;
        running.ordinary -= mine.ordinary;
        admitNext();
      },
      close() {
        if (closed) return;
        closed = true;
        fetching -= mine.fetching;
        for (const entry of waiting.splice(0)) {
          if (entry.gate === gate) entry.admit();
          else waiting.push(entry);
        }
        admitNext();
      },
    };
  };

  return {
    limit,
    get cap() {
      return set.cap;
    },
    resize(newCap, newReserve) {
      set = { cap: newCap, reserve: newReserve };
      measure();
    },
    limitTo(newPlaces) {
      places = newPlaces;
      measure();
    },
    nudge() {
      nudges = Math.min(nudges + 1, Math.max(size.cap - size.ordinary, 0));
      admitNext();
    },
    open,
  };
}

/** At least one slot is for everybody. */
const ordinaryOf = (cap: number, reserve: number): number => Math.max(cap - reserve, 1);

/** Urgent drafts, and those that somebody waits for, are added with a priority up to 0. */
const kindOf = ({ job }: JobHelpers): Kind => (job.priority <= 0 ? "urgent" : "ordinary");

/** A draft's task, which occupies a slot while it runs. Where only kept slots are free, `yielded` runs in place of an ordinary one. */
export function withSlot(gate: SlotGate, task: Task, yielded: Task): Task {
  return async (payload, helpers) => {
    const kind = kindOf(helpers);
    const admitted = gate.assign(kind);
    try {
      return await (admitted ? task : yielded)(payload, helpers);
    } finally {
      gate.release(kind);
    }
  };
}

/**
 * A task that asks no model, and takes a slot only until it is fetched: a sweep may read for minutes, and one that waits for an answer
 * that was lost with its connection would keep its slot from all later runners.
 */
export function withoutSlot(gate: SlotGate, task: Task): Task {
  return async (payload, helpers) => {
    gate.assign("ordinary");
    gate.release("ordinary");
    return await task(payload, helpers);
  };
}
