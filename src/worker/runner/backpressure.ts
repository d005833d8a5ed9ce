/** How much is asked for at once, by how the service takes it. */
export interface Backpressure {
  /** The service asks to wait: half as much from now on, once a window however many calls are told so. */
  throttled(): void;
  /** A window is over: one place more where nobody was told to wait in it. */
  endWindow(): void;
}

/** How long a service must take everything well for one place more. */
export const windowMs = 5_000;

/** Narrows the slots as it is told, down to one and up again to their own cap. */
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
