import type { JobHelpers, Task } from "graphile-worker";
import pLimit, { type LimitFunction } from "p-limit";

/** A job's kind for the slots: urgent work may use the slots that are kept for it, ordinary work may not. */
export type Kind = "urgent" | "ordinary";

/** The gate through which one runner gets slots. */
export interface SlotGate {
  /** Await this before each fetch: it resolves when there is a slot for the job that the fetch may bring. */
  acquire(): Promise<null>;
  /** Call this if the fetch found nothing or failed. */
  releaseEmpty(): void;
  /** Call this if the fetch brought a job. False if the job is ordinary and only slots for urgent work are free: give the job back. */
  assign(kind: Kind): boolean;
  /** Call this when the job has ended. */
  release(kind: Kind): void;
  /** Call this when the runner ends: fetches that wait at this gate go on, so that the runner can stop. */
  close(): void;
  /** Call this when the runner is gone: its unfinished jobs free their slots. */
  forget(): void;
}

/** The slots of this process: how many jobs it works on at once, and how many of the slots are kept for urgent work. */
export interface Slots {
  /** Limits model calls to the number of slots, over all runners of this process. */
  readonly limit: LimitFunction;
  readonly cap: number;
  /** Changes the number of slots at once. If there are fewer, running jobs finish. */
  resize(cap: number, reserve: number): void;
  /** Uses no more than so many slots until the next call of this; the cap itself stays. */
  limitTo(places: number): void;
  /** Call this when urgent work may have come: one kept slot fetches. */
  nudge(): void;
  open(): SlotGate;
}

/**
 * Makes the slots. They count jobs, not only calls, because a fetched job is locked: there is one fetch for each free slot and no more,
 * so the most urgent job at the moment when a slot becomes free gets the slot. The last `reserve` slots fetch only when nudged, and a
 * fetch brings the most urgent job there is. If that is an ordinary one after all, it is given back, and the slot stays free.
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

/** At least one slot is open to all jobs. */
const ordinaryOf = (cap: number, reserve: number): number => Math.max(cap - reserve, 1);

/** Urgent drafts, and drafts that a person waits for, have a job priority of 0 or lower. */
const kindOf = ({ job }: JobHelpers): Kind => (job.priority <= 0 ? "urgent" : "ordinary");

/** Makes a task that occupies a slot while it runs. If the job is ordinary and only kept slots are free, `yielded` runs instead. */
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
 * Makes a task that asks no model and occupies a slot only until it is fetched. A sweep may read for minutes, and a sweep whose answer
 * was lost with its connection would otherwise keep its slot from all later runners.
 */
export function withoutSlot(gate: SlotGate, task: Task): Task {
  return async (payload, helpers) => {
    gate.assign("ordinary");
    gate.release("ordinary");
    return await task(payload, helpers);
  };
}
