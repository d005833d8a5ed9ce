import type { Sql } from "../../../db/client/connect.ts";
import { every } from "../../async/every.ts";
import type { InFlight } from "../../drafts/in-flight.ts";
import type { Logger } from "../../log.ts";
import { coalesced, heed, recheckInFlight } from "./draft-events.ts";
import { type Ear, openEar } from "./ear.ts";

/** Between two proofs that LISTEN works. */
const proofMs = 2_000;
/** LISTEN that was proven this long ago may be lost. */
const freshMs = 10_000;

export interface ListenerOptions {
  /** Past any pooler; LISTEN needs a session of its own. */
  readonly directUrl: string;
  readonly sql: Sql;
  readonly log: Logger;
  readonly inFlight: InFlight;
  readonly onSettings: () => void;
  /** Urgent work has come. */
  readonly onUrgent: () => void;
}

export interface Listener {
  /** Whether changes reach this process now. */
  alive(): boolean;
  stop(): Promise<void>;
}

/**
 * Hears what changed: cuts calls off whose content changed or closed, and passes settings on. Proves every two seconds that it
 * hears, since a connection can be dead without a word; where it doesn't, it listens anew, and re-checks all it could have missed.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { directUrl, sql, log, inFlight } = options;
  const recheck = rechecking(options);
  const open = (): Promise<Ear> =>
    openEar(directUrl, sql, {
      predraft_drafts: (payload) => (payload === undefined ? recheck() : heed(payload, inFlight, recheck)),
      predraft_settings: options.onSettings,
      predraft_urgent: options.onUrgent,
    });
  let ear: Ear | undefined = await open();
  let proven = performance.now();
  const proving = every(proofMs, "proof of LISTEN", log, async (stopping) => {
    if (!(await ear?.hears())) {
      if (stopping.aborted) return;
      log.warn("LISTEN hears nothing any more; listening anew");
      await ear?.close();
      ear = undefined;
      ear = await open();
    }
    proven = performance.now();
  });
  return {
    alive: () => performance.now() - proven < freshMs,
    async stop() {
      // Closed at once: a proof may be under way that nobody answers.
      await Promise.all([ear?.close(), proving.stop()]);
      await ear?.close();
    },
  };
}

/** In place of `listen` where a pooler swallows notifications: looks each second, and a call goes on that much longer. */
export function poll(options: Omit<ListenerOptions, "directUrl">): Listener {
  let looked = performance.now();
  const looking = every(1_000, "look for changes", options.log, async () => {
    await recheckInFlight(options.sql, options.inFlight);
    options.onSettings();
    looked = performance.now();
  });
  return { alive: () => performance.now() - looked < freshMs, stop: looking.stop };
}

const rechecking = ({ sql, inFlight, log }: Pick<ListenerOptions, "sql" | "inFlight" | "log">) =>
  coalesced(
    () => recheckInFlight(sql, inFlight),
    (error) => log.warn({ err: error }, "re-check failed"),
  );
