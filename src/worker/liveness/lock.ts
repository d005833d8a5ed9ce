import { connect } from "../../../db/client/connect.ts";
import { locks } from "../../../db/locks.ts";
import { within } from "../../async/timeout.ts";
import { waitFor } from "../../async/wait.ts";

/** Between tries to take the lock. */
const retryMs = 250;
/** A connection that doesn't answer in this time is given up. */
const answerMs = 10_000;

/** A session that holds a worker's liveness lock. */
export interface LivenessLock {
  /** The server's process that holds it. */
  readonly pid: number;
  /** Resolves when the connection, and the lock with it, is gone. */
  readonly lost: Promise<void>;
  /** Asks the server for a sign of life; rejects where none comes within 10 s. */
  ping(): Promise<void>;
  /** Closes the connection; the lock is gone when this has resolved, but for a connection that answers no more. */
  end(): Promise<void>;
}

/**
 * Takes the lock on a connection of its own. Undefined where the signal came first. The lock may still be the former session's, which
 * the server believes to be there: that is ended. A reaper may have it: that is waited for.
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
  const giveUp = (): void => void end(); // whatever it waits for rejects then
  stopping.addEventListener("abort", giveUp, { once: true });
  try {
    // It is the server that has to notice a lost machine, and by default it takes two hours.
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
