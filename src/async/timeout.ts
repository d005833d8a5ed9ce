import { PredraftError } from "../errors.ts";

/** A promise of the driver's that settles: rejects with `database_stuck` where it hasn't in so many milliseconds. */
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
