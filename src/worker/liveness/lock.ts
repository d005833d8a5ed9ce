import { connect } from "../../../db/client/connect.ts";
import { locks } from "../../../db/locks.ts";
import { within } from "../../async/timeout.ts";
import { waitFor } from "../../async/wait.ts";

/** Time between tries to take the lock. */
const retryMs = 250;
/** A connection that does not answer within this time is given up. */
const answerMs = 10_000;

/** A session that holds a worker's liveness lock. */
export interface LivenessLock {
  /** The process of the server that holds the lock. */
  readonly pid: number;
  /** Resolves when the connection is gone, and the lock with it. */
  readonly lost: Promise<void>;
  /** Asks the server for an answer; rejects if none comes within 10 s. */
  ping(): Promise<void>;
  /** Closes the connection. The lock is free when this has resolved, unless the connection does not answer any more. */
  end(): Promise<void>;
}

/**
 * Takes the lock on a connection of its own; undefined if the signal came first. If this worker's former session still holds the lock
 * because the server has not noticed its end, that session is ended. If a reaper holds the lock, the worker waits for it.
 */
export async function takeLivenessLock(
  url: string,
  workerId: number,
  stopping: AbortSignal,
  former?: number,
): Promise<LivenessLock | undefined> {
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  const connection = connect(url, {
    max: 1,
    applicationName: "predraft liveness",
    prepare: true,
    forGood: true,
    onClose: lose,
  });
  const end = (): Promise<void> => connection.end({ timeout: 1 });
  const giveUp = (): void => void end(); // what the connection waits for then rejects
  stopping.addEventListener("abort", giveUp, { once: true });
  try {
    // The server has to notice a lost machine, which takes two hours by default.
    await within(
      connection`
      select set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
        set_config('tcp_keepalives_count', '3', false),
        (select pg_terminate_backend(l.pid) from pg_catalog.pg_locks l
          where l.locktype = 'advisory' and l.classid = ${locks.liveness} and l.objid = ${workerId} and l.pid = ${former ?? 0} limit 1)`,
      answerMs,
    );
    const ping = async (): Promise<void> => void (await within(connection`select`, answerMs));
    while (!stopping.aborted) {
      const [row] = await within(
        connection<{ taken: boolean; pid: number }[]>`
          select pg_try_advisory_lock(${locks.liveness}, ${workerId}) as taken, pg_backend_pid() as pid`,
        answerMs,
      );
      if (row?.taken) return { pid: row.pid, lost, ping, end };
      await waitFor(retryMs, stopping);
    }
    await end();
    return undefined;
  } catch (error) {
    await end();
    if (stopping.aborted) return undefined;
    throw error;
  } finally {
    stopping.removeEventListener("abort", giveUp);
  }
}
