import { within } from "../async/timeout.ts";

/** The request to stop a command. */
export interface Shutdown {
  /** Resolves at the first SIGINT, SIGTERM or SIGHUP (a closed terminal); the caller then stops in good order. */
  readonly signal: Promise<NodeJS.Signals>;
  /** Whether the signal has come. */
  asked(): boolean;
}

/** Two signals within this time are one: a terminal tells every process, and npm and the launcher pass the signal on as well. */
const oneSignalMs = 500;

/**
 * Waits for signals from now on. A second one, half a second or more after the first, ends the process at once with code 130;
 * `exit` listeners still run.
 */
export function awaitShutdown(): Shutdown {
  const { promise: signal, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let askedAt: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    const now = performance.now();
    if (askedAt !== undefined && now - askedAt >= oneSignalMs) process.exit(130);
    askedAt ??= now;
    resolve(name);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { signal, asked: () => askedAt !== undefined };
}

/** How long a step of a start gets to finish once a stop was asked for. */
const patienceMs = 5_000;

/**
 * Resolves to the result of a step of a start. Undefined if a stop was asked for and the step then failed or took longer than 5 s: its
 * failure does not matter any more.
 */
export async function unlessAsked<T>(shutdown: Shutdown, step: Promise<T>): Promise<T | undefined> {
  const done = step.then((value) => ({ value }));
  const first = await Promise.race([done, shutdown.signal]);
  if (typeof first !== "string") return first.value;
  return await within(step, patienceMs).catch(() => undefined);
}

/** Makes a signal that fires at the first Ctrl-C, which ends the current step in good order; the second Ctrl-C ends the process. */
export function onSignal(): AbortSignal {
  const stopping = new AbortController();
  void awaitShutdown().signal.then(() => stopping.abort());
  return stopping.signal;
}
