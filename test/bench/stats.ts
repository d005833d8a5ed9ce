/** One sample, in milliseconds: from the moment the client heard of its commit, and from the moment it sent the statement. */
export interface Sample {
  readonly fromCommit: number;
  readonly fromSend: number;
}

/** The value that the given share of the samples (0 to 1) doesn't exceed, by the nearest rank. NaN without samples. */
function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** The numbers of a latency, in milliseconds. */
export function spread(samples: readonly number[]) {
  return {
    n: samples.length,
    median: round(median(samples)),
    p95: round(quantile(samples, 0.95)),
    p99: round(quantile(samples, 0.99)),
    max: round(quantile(samples, 1)),
  };
}

/** Rounded to so many digits behind the point. */
export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
