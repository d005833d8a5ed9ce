import { PredraftError } from "../errors.ts";

/** One generation under way, from before its reservation until its claim is dropped. */
interface Flight {
  readonly interactionId: string;
  readonly hash: string;
}

/** The running generations of this process, so that a call whose content changed can be cut off. */
export interface InFlight {
  /** Registers a generation; its signal fires when the content is no longer `hash` or the interaction closes. */
  enter(interactionId: string, hash: string): { readonly signal: AbortSignal; leave(): void };
  /** Aborts this interaction's generations, except those for `currentHash`. */
  supersede(interactionId: string, currentHash: string | null): void;
  /** The running generations. */
  list(): readonly Flight[];
}

export function createInFlight(): InFlight {
  const flights = new Map<Flight, AbortController>();
  return {
    enter(interactionId, hash) {
      const flight: Flight = { interactionId, hash };
      const controller = new AbortController();
      flights.set(flight, controller);
      return { signal: controller.signal, leave: () => flights.delete(flight) };
    },
    supersede(interactionId, currentHash) {
      for (const [flight, controller] of flights) {
        if (flight.interactionId !== interactionId || flight.hash === currentHash) continue;
        controller.abort(
          new PredraftError("The content changed while a draft was made for it", { code: "superseded" }),
        );
      }
    },
    list: () => [...flights.keys()],
  };
}
