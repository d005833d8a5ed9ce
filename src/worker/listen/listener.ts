import { randomUUID } from "node:crypto";
import { connect, type Sql } from "../../../db/client/connect.ts";
import { every } from "../../async/every.ts";
import { within } from "../../async/timeout.ts";
import type { InFlight } from "../../drafts/in-flight.ts";
import type { Logger } from "../../log.ts";
import { applyDraftEvent, coalesced, recheckInFlight } from "./draft-events.ts";

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
  /** A trigger left something to the worker. */
  readonly onMisses: () => void;
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
  const open = (): Promise<ListenConnection> =>
    openListenConnection(directUrl, sql, {
      predraft_drafts: (payload) =>
        payload === undefined ? recheck() : applyDraftEvent(payload, inFlight, recheck),
      predraft_settings: options.onSettings,
      predraft_urgent: options.onUrgent,
      predraft_misses: options.onMisses,
    });
  let ear: ListenConnection | undefined = await open();
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

/** A connection that doesn't answer in this time is given up. */
const answerMs = 10_000;
/** How long a notification of one's own may be under way. */
const pulseMs = 3_000;

/** What is done with notifications; each is also called once the channel is listened to (again), without a payload. */
type Channels = Readonly<Record<string, (payload?: string) => void>>;

/** A connection that listens. */
interface ListenConnection {
  /** Sends itself a notification over another connection; false where it doesn't arrive within 3 s. Rejects where it can't be sent. */
  hears(): Promise<boolean>;
  close(): Promise<void>;
}

/** Listens on all channels over one connection of its own, past any pooler; postgres.js reconnects it where it notices a loss. */
async function openListenConnection(url: string, sql: Sql, channels: Channels): Promise<ListenConnection> {
  const client = connect(url, { max: 1, applicationName: "predraft listener" });
  const pulse = `predraft_pulse_${randomUUID().replaceAll("-", "")}`;
  let arrived = Promise.withResolvers<boolean>();
  const close = (): Promise<void> => client.end({ timeout: 0 });
  try {
    for (const [channel, act] of Object.entries(channels)) {
      await within(
        client.listen(channel, act, () => act()),
        answerMs,
      );
    }
    await within(
      client.listen(pulse, () => arrived.resolve(true)),
      answerMs,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async hears() {
      arrived = Promise.withResolvers<boolean>();
      await sql`select pg_notify(${pulse}, '')`;
      return await within(arrived.promise, pulseMs).catch(() => false);
    },
    close,
  };
}
