import { within } from "../async/timeout.ts";

/** How a command is told to stop. */
export interface Shutdown {
  /** Resolves at the first SIGINT or SIGTERM (SIGHUP too: a closed terminal); the caller then stops in good order. */
  readonly signal: Promise<NodeJS.Signals>;
  /** Whether it has come. */
  asked(): boolean;
}

/** Waits for signals from now on. A second one ends the process at once, with code 130; `exit` listeners still run. */
export function awaitShutdown(): Shutdown {
  const { promise: signal, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let asked = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (asked) process.exit(130);
    asked = true;
    resolve(name);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { signal, asked: () => asked };
}

/** How long a start that was under way gets once a stop was asked for. */
const patienceMs = 5_000;

/**
 * What a step of a start resolves to. Undefined where a stop was asked for and the step didn't come to its end within 5 s, or
 * failed: whoever stops does not care.
 */
export async function unlessAsked<T>(shutdown: Shutdown, step: Promise<T>): Promise<T | undefined> {
  const done = step.then((value) => ({ value }));
  const first = await Promise.race([done, shutdown.signal]);
  if (typeof first !== "string") return first.value;
  return await within(step, patienceMs).catch(() => undefined);
}

/** Fires at the first Ctrl-C, which ends the step under way in good order; the second ends the process. */
export function onSignal(): AbortSignal {
  const stopping = new AbortController();
  void awaitShutdown().signal.then(() => stopping.abort());
  return stopping.signal;
}
