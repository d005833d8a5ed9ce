import { PredraftError } from "../errors.ts";

/** Settles like `work`, but rejects with `database_stuck` after `limitMs` milliseconds, when it also calls `onLimit`. */
export async function within<T>(work: PromiseLike<T>, limitMs: number, onLimit?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLimit?.();
      reject(new PredraftError("The database has not answered", { code: "database_stuck", retryable: true }));
    }, limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
