/** What a remote provider is made of. */
export interface ProviderOptions {
  readonly apiKey: string;
  /** Another server that speaks the same wire; undefined: the service's own. */
  readonly baseUrl: string | undefined;
  readonly model: string;
  /** Milliseconds that one call may take, its body included. */
  readonly timeoutMs: number;
}
