import postgres from "postgres";
import { reconnectSeconds, type Sql } from "../../db/client.ts";
import { within } from "../../db/guard.ts";
import { waitFor } from "../drafts/wait.ts";
import type { Logger } from "../log.ts";
import { type Registration, register } from "./registration.ts";

/** Class of the advisory locks that say "this worker is alive"; db/sql/130_workers.sql looks for it. */
const livenessClass = 1886545254;
/** Between tries to connect, and to take the lock. */
const retryMs = 250;
/** A connection that doesn't answer in this time is given up. */
const answerMs = 10_000;

export interface Liveness extends Pick<Registration, "workerId" | "setPool"> {
  /** Unregisters, and frees whatever is left behind. */
  stop(): Promise<void>;
}

/**
 * Registers this worker, and proves that it lives by an advisory lock on a connection of its own, past any pooler. The lock
 * goes when the process or its machine does; after a lost connection it is taken again.
 */
export async function registerWorker(sql: Sql, directUrl: string, log: Logger): Promise<Liveness> {
  const registration = await register(sql);
  const { workerId, setPool } = registration;
  const stopping = new AbortController();
  let held = await holdLock(directUrl, workerId, stopping.signal);
  const keeping = keepLock();

  async function keepLock(): Promise<void> {
    while (!stopping.signal.aborted) {
      await (held?.lost ?? waitFor(retryMs, stopping.signal));
      if (stopping.signal.aborted) return;
      await held?.end();
      held = undefined;
      try {
        held = await holdLock(directUrl, workerId, stopping.signal);
        await registration.revive();
        log.info({ workerId }, "liveness lock taken again");
      } catch (error) {
        log.warn({ err: error, workerId }, "liveness lock lost; trying to take it again");
      }
    }
  }

  return {
    workerId,
    setPool,
    async stop() {
      stopping.abort();
      held?.giveUp();
      await keeping;
      await held?.end();
      await registration.remove();
    },
  };
}

interface HeldLock {
  /** Resolves when the connection, and the lock with it, is gone. */
  readonly lost: Promise<void>;
  giveUp(): void;
  end(): Promise<void>;
}

/** Undefined where the signal came first. The lock may still be the old connection's for a while: that is waited for. */
async function holdLock(url: string, workerId: number, stopping: AbortSignal): Promise<HeldLock | undefined> {
  const { promise: lost, resolve: giveUp } = Promise.withResolvers<void>();
  const connection = postgres(url, {
    max: 1,
    connect_timeout: 10,
    backoff: reconnectSeconds,
    max_lifetime: null,
    onnotice: () => undefined,
    onclose: () => giveUp(),
    connection: { application_name: "predraft liveness" },
  });
  const end = (): Promise<void> => connection.end({ timeout: 1 });
  try {
    // It is the server that has to notice a lost machine, and by default it takes two hours.
    await within(
      connection`
      select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
        set_config('tcp_keepalives_count', '3', false)`,
      answerMs,
    );
    for (;;) {
      const [row] = await within(
        connection<{ taken: boolean }[]>`select pg_try_advisory_lock(${livenessClass}, ${workerId}) as taken`,
        answerMs,
      );
      if (row?.taken) return { lost, giveUp, end };
      if (await waitFor(retryMs, stopping)) continue;
      await end();
      return undefined;
    }
  } catch (error) {
    await end();
    throw error;
  }
}
