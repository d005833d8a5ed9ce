/**
 * Does work that takes the processor while an answer is awaited that has just been asked for, and keeps what comes of it, also an
 * error, until it is taken. Where it is taken before that, it is done then; in any case once.
 */
export function meanwhile<T>(work: () => T): () => T {
  let taken: (() => T) | undefined;
  const once = (): (() => T) => {
    taken ??= outcomeOf(work);
    return taken;
  };
  // Two turns: by then the driver, which writes at the end of the first, has put the question on the wire.
  setImmediate(() => setImmediate(once));
  return () => once()();
}

function outcomeOf<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
