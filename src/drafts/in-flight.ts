import { PredraftError } from "../errors.ts";

interface Flight {
  readonly interactionId: string;
  readonly hash: string;
  readonly controller: AbortController;
}

/** The generations that this process has under way, so that a call whose content changed can be cut off. */
export interface InFlight {
  /** Registers a generation; its signal fires once the content is no longer `hash` or the interaction closes. */
  enter(interactionId: string, hash: string): { readonly signal: AbortSignal; leave(): void };
  /** Aborts what is under way for this interaction, but for a generation of `currentHash`. */
  supersede(interactionId: string, currentHash: string | null): void;
  /** What is under way now. */
  list(): readonly { readonly interactionId: string; readonly hash: string }[];
}

export function createInFlight(): InFlight {
  const flights = new Set<Flight>();
  return {
    enter(interactionId, hash) {
      const flight: Flight = { interactionId, hash, controller: new AbortController() };
      flights.add(flight);
      return { signal: flight.controller.signal, leave: () => flights.delete(flight) };
    },
    supersede(interactionId, currentHash) {
      for (const flight of flights) {
        if (flight.interactionId !== interactionId || flight.hash === currentHash) continue;
        flight.controller.abort(
          new PredraftError("The content changed while a draft was made for it", { code: "superseded" }),
        );
      }
    },
    list: () => [...flights].map(({ interactionId, hash }) => ({ interactionId, hash })),
  };
}
