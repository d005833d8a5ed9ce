import { randomUUID } from "node:crypto";
import { connect, type Sql } from "../../../db/client/connect.ts";
import { every } from "../../async/every.ts";
import { within } from "../../async/timeout.ts";
import type { InFlight } from "../../drafts/in-flight.ts";
import type { Logger } from "../../log.ts";
import { applyDraftEvent, coalesced, recheckInFlight } from "./draft-events.ts";

/** Time between two proofs that LISTEN works. */
const proofMs = 2_000;
/** If the last proof is older than this, LISTEN may be lost. */
const freshMs = 10_000;

export interface ListenerOptions {
  /** An address past any pooler, because LISTEN needs a session of its own. */
  readonly directUrl: string;
  readonly sql: Sql;
  readonly log: Logger;
  readonly inFlight: InFlight;
  readonly onSettings: () => void;
  /** Called when urgent work has come. */
  readonly onUrgent: () => void;
  /** Called when a trigger has left something to the worker. */
  readonly onMisses: () => void;
}

export interface Listener {
  /** Whether notifications of changes reach this process now. */
  alive(): boolean;
  stop(): Promise<void>;
}

/**
 * Listens for changes: cuts off calls whose content changed or was closed, and passes settings on. A connection can be dead without
 * an error, so the listener sends itself a ping every two seconds. If no ping arrives, it opens a new listen connection and re-checks
 * everything that it could have missed.
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
  let connection: ListenConnection | undefined = await open();
  let proven = performance.now();
  const proving = every(proofMs, "proof of LISTEN", log, async (stopping) => {
    if (!(await connection?.ping())) {
      if (stopping.aborted) return;
      log.warn({ from: "connection" }, "LISTEN receives nothing any more; opening a new connection");
      await connection?.close();
      connection = undefined;
      connection = await open();
    }
    proven = performance.now();
  });
  return {
    alive: () => performance.now() - proven < freshMs,
    async stop() {
      // Closed at once, because a ping may be under way that is never answered.
      await Promise.all([connection?.close(), proving.stop()]);
      await connection?.close();
    },
  };
}

/** Takes the place of `listen` behind a pooler that drops notifications: looks each second, so a call is cut off up to a second later. */
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

/** A connection that does not answer within this time is given up. */
const answerMs = 10_000;
/** How long a ping may take. */
const pingMs = 3_000;

/** What to do with a notification of each channel. Each is also called, without a payload, when listening begins (again). */
type Channels = Readonly<Record<string, (payload?: string) => void>>;

/** A connection that receives notifications. */
interface ListenConnection {
  /** Sends a notification over another connection: false if it does not arrive within 3 s. Rejects if it cannot be sent. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Listens on all channels over one connection of its own, past any pooler; postgres.js reconnects if it notices a loss. */
async function openListenConnection(url: string, sql: Sql, channels: Channels): Promise<ListenConnection> {
  const client = connect(url, { max: 1, applicationName: "predraft listener" });
  const pingChannel = `predraft_ping_${randomUUID().replaceAll("-", "")}`;
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
      client.listen(pingChannel, () => arrived.resolve(true)),
      answerMs,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async ping() {
      arrived = Promise.withResolvers<boolean>();
      await sql`select pg_notify(${pingChannel}, '')`;
      return await within(arrived.promise, pingMs).catch(() => false);
    },
    close,
  };
}
