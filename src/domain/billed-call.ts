/** Tokens that a service counted for one answered call. */
export interface Tokens {
  /** The whole prompt, cached or not. */
  readonly input: number;
  /** Part of `input` that was read from the service's cache. */
  readonly cached: number;
  /** Part of `input` that was written into the cache, if the service bills that apart; else 0. */
  readonly cacheWrite: number;
  readonly output: number;
}

/** One call that a service answered, and so billed. */
export interface BilledCall {
  /** When the answer came; prices can depend on the hour. */
  readonly at: Date;
  readonly responseModel: string | null;
  /** null if the answer did not say. */
  readonly tokens: Tokens | null;
}
