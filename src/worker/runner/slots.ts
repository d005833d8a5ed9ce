import pLimit, { type LimitFunction } from "p-limit";

/** A job as the slots see it: urgent work may take the slots that are kept for it, ordinary work may not. */
export type Kind = "urgent" | "ordinary";

/** One runner's door to the slots. */
export interface Door {
  /** To be awaited before each fetch: resolves when the job that it may bring has a slot. */
  enter(): Promise<null>;
  /** The fetch found nothing, or failed. */
  leaveEmpty(): void;
  /** The fetch brought a job. False where it is ordinary and only slots for urgent work are free: it is to be given back. */
  occupy(kind: Kind): boolean;
  /** The job has ended. */
  leave(kind: Kind): void;
  /** The runner comes to an end: whoever waits at this door is let through, so that it can. */
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
  narrow(places: number): void;
  /** Urgent work may have come: one kept slot looks. */
  hint(): void;
  open(): Door;
}

/**
 * Counts jobs and not only calls, since a job that is fetched is locked: with a fetch for each free slot and no more, whatever is
 * most urgent when a slot becomes free gets it. The last `reserve` slots fetch at a hint only. What they bring is the most urgent job
 * there is; where that is an ordinary one after all, it goes back, and the slot stays free.
 */
export function createSlots(cap: number, reserve: number): Slots {
  const limit = pLimit(cap);
  const waiting: { readonly door: object; readonly admit: () => void }[] = [];
  const running = { urgent: 0, ordinary: 0 };
  let fetching = 0;
  let hints = 0;
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
        if (hints === 0) return;
        hints -= 1;
      }
      fetching += 1;
      waiting.shift()?.admit();
    }
  };

  const open = (): Door => {
    const door = {};
    const mine = { urgent: 0, ordinary: 0, fetching: 0 };
    let closed = false;
    let forgotten = false;
    return {
      async enter() {
        const { promise: admitted, resolve } = Promise.withResolvers<null>();
        const admit = (): void => {
          mine.fetching += 1;
          resolve(null);
        };
        if (closed) admit();
        else waiting.push({ door, admit });
        admitNext();
        return await admitted;
      },
      leaveEmpty() {
        if (mine.fetching === 0) return;
        mine.fetching -= 1;
        if (closed) return;
        fetching -= 1;
        admitNext();
      },
      occupy(kind) {
        mine.fetching -= 1;
        if (!closed) fetching -= 1;
        if (forgotten) return true;
        mine[kind] += 1;
        running[kind] += 1;
        return kind === "urgent" || running.ordinary <= size.ordinary;
      },
      leave(kind) {
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
          if (entry.door === door) entry.admit();
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
    narrow(newPlaces) {
      places = newPlaces;
      measure();
    },
    hint() {
      hints = Math.min(hints + 1, Math.max(size.cap - size.ordinary, 0));
      admitNext();
    },
    open,
  };
}

/** At least one slot is for everybody. */
const ordinaryOf = (cap: number, reserve: number): number => Math.max(cap - reserve, 1);
