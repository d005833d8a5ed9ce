/**
 * Resolves at the first SIGINT or SIGTERM (SIGHUP too: a closed terminal); the caller then stops in good order.
 * A second signal ends the process at once; `exit` listeners still run.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}

/** Fires at the first Ctrl-C, which ends the step under way in good order; the second ends the process. */
export function onSignal(): AbortSignal {
  const stopping = new AbortController();
  void untilSignal().then(() => stopping.abort());
  return stopping.signal;
}
