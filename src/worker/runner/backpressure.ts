/** Adapts the number of calls at once to what the service accepts. */
export interface Backpressure {
  /** Called when the service asks to wait: halves the number of calls at once, but only once in a window. */
  throttled(): void;
  /** Called when a window is over: allows one more call at once if the service asked no call to wait in this window. */
  endWindow(): void;
}

/** The length of a window: how long a service must accept every call before one more at once is allowed. */
export const windowMs = 5_000;

/** Limits the slots accordingly: down to one, and up again to their own cap. */
export function createBackpressure(slots: {
  readonly cap: number;
  limitTo(places: number): void;
}): Backpressure {
  let places = Number.POSITIVE_INFINITY;
  let clean = true;
  const to = (wanted: number): void => {
    places = wanted >= slots.cap ? Number.POSITIVE_INFINITY : wanted;
    slots.limitTo(places);
  };
  return {
    throttled() {
      if (clean) to(Math.max(Math.floor(Math.min(places, slots.cap) / 2), 1));
      clean = false;
    },
    endWindow() {
      if (clean && places < slots.cap) to(places + 1);
      clean = true;
    },
  };
}
