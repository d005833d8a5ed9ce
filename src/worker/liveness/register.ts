import type { Sql } from "../../../db/client/connect.ts";
import { waitFor } from "../../async/wait.ts";
import type { Logger } from "../../log.ts";
import { type LivenessLock, takeLivenessLock } from "./lock.ts";
import { type Registration, register } from "./row.ts";

/** Time between tries to take the lock again. */
const retryMs = 250;
/** Time between checks of a held lock and of the registration. */
const lookMs = 2_000;

export interface Liveness extends Pick<Registration, "workerId" | "setPool"> {
  /** Whether other processes can see now that this worker lives. */
  proven(): boolean;
  /** Removes the registration and frees what the worker still holds. */
  stop(): Promise<void>;
}

/**
 * Registers this worker. An advisory lock on a connection of its own, past any pooler, proves that the worker lives: if the process or
 * its machine ends, so does the lock. After a lost connection the lock is taken again; until then the worker sends heartbeats if it can.
 * `onReaped` is called if others took the worker for dead meanwhile.
 */
export async function registerWorker(
  sql: Sql,
  directUrl: string,
  log: Logger,
  onReaped: () => void,
): Promise<Liveness> {
  const registration = await register(sql);
  const { workerId, setPool } = registration;
  const stopping = new AbortController();
  let held = await takeLivenessLock(directUrl, workerId, stopping.signal);
  let former = held?.pid;
  let lost = false;
  let failing = false;

  /** A connection can be dead without an error, so only an answer shows that the lock is still held. */
  const stillHeld = async (lock: LivenessLock): Promise<boolean> => {
    const wake = new AbortController();
    const lost = lock.lost.then(() => wake.abort());
    await waitFor(lookMs, AbortSignal.any([stopping.signal, wake.signal]));
    if (wake.signal.aborted) return false;
    return await Promise.race([
      lost.then(() => false),
      lock.ping().then(
        () => true,
        () => false,
      ),
    ]);
  };

  const retake = async (): Promise<void> => {
    try {
      held = await takeLivenessLock(directUrl, workerId, stopping.signal, former);
      former = held?.pid;
      if (held !== undefined) log.info({ from: "connection", workerId }, "liveness lock taken again");
      lost = false;
    } catch (error) {
      if (!lost) log.warn({ err: error, workerId }, "liveness lock lost; trying to take it again");
      lost = true; // logged once for each loss
      await waitFor(retryMs, stopping.signal);
    }
  };

  const keepRegistered = async (): Promise<void> => {
    try {
      // Without the lock, the heartbeat keeps others from freeing what this worker is working on.
      if (await registration.keep(held === undefined)) onReaped();
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error, workerId }, "registration not kept; it will be tried again");
      failing = true;
    }
  };

  let registering: Promise<void> | undefined;
  /** Taking the lock again does not wait for this: the answer can be lost with its connection, which is noticed only after 15 s. */
  const startKeeping = (): void => {
    registering ??= keepRegistered().finally(() => {
      registering = undefined;
    });
  };

  const keepLock = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (held !== undefined && !(await stillHeld(held))) {
        const old = held;
        held = undefined;
        await old.end();
      }
      if (stopping.signal.aborted) return;
      startKeeping();
      if (held === undefined) await retake();
    }
  };
  await keepRegistered(); // from now on the lock proves that the worker lives
  const keeping = keepLock();

  return {
    workerId,
    setPool,
    proven: () => held !== undefined,
    async stop() {
      stopping.abort();
      await Promise.all([held?.end(), keeping]); // ended at once, because a ping may be under way that is never answered
      await held?.end();
      await registering; // otherwise it could write the row again
      await registration.remove();
    },
  };
}
