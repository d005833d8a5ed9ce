import type { Sql } from "../../../db/client/connect.ts";
import { waitFor } from "../../async/wait.ts";
import type { Logger } from "../../log.ts";
import { type LivenessLock, takeLivenessLock } from "./lock.ts";
import { type Registration, register } from "./row.ts";

/** Between tries to take the lock again. */
const retryMs = 250;
/** Between looks at a lock that is held, and at the registration. */
const lookMs = 2_000;

export interface Liveness extends Pick<Registration, "workerId" | "setPool"> {
  /** Whether others can see at this moment that this worker lives. */
  proven(): boolean;
  /** Unregisters, and frees whatever is left behind. */
  stop(): Promise<void>;
}

/**
 * Registers this worker, and proves that it lives by an advisory lock on a connection of its own, past any pooler. The lock
 * goes when the process or its machine does; after a lost connection it is taken again, and until then the worker beats, where it can.
 * `onReaped`: others took it for dead meanwhile.
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

  /** A connection can be dead without a word: only an answer says that the lock is still held. */
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
      if (held !== undefined) log.info({ workerId }, "liveness lock taken again");
      lost = false;
    } catch (error) {
      if (!lost) log.warn({ err: error, workerId }, "liveness lock lost; trying to take it again");
      lost = true; // said once, until it is taken again
      await waitFor(retryMs, stopping.signal);
    }
  };

  const keepRegistered = async (): Promise<void> => {
    try {
      // Without the lock it is the beat that keeps others from freeing what we are working on.
      if (await registration.keep(held === undefined)) onReaped();
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error, workerId }, "registration not kept; it will be tried again");
      failing = true;
    }
  };

  let registering: Promise<void> | undefined;
  /** Nobody who takes the lock again waits for it: its answer can be lost with a connection, which is noticed after 15 s only. */
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
  await keepRegistered(); // by its lock from now on
  const keeping = keepLock();

  return {
    workerId,
    setPool,
    proven: () => held !== undefined,
    async stop() {
      stopping.abort();
      await Promise.all([held?.end(), keeping]); // ended at once: a ping may be under way that nobody answers
      await held?.end();
      await registering; // it could put the row back
      await registration.remove();
    },
  };
}
