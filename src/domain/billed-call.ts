/** What a service counted for one answered call. */
export interface Tokens {
  /** All of the prompt, whatever part of it came from or went into a cache. */
  readonly input: number;
  /** Part of `input` that was read from the service's cache. */
  readonly cached: number;
  /** Part of `input` that was written into the cache, where the service bills that apart; else 0. */
  readonly cacheWrite: number;
  readonly output: number;
}

/** One call that a service answered, and so billed. */
export interface BilledCall {
  /** When the answer was there: prices can depend on the hour. */
  readonly at: Date;
  readonly responseModel: string | null;
  /** null: the answer did not say. */
  readonly tokens: Tokens | null;
}
