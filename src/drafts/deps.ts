import type { LimitFunction } from "p-limit";
import type { Sql } from "../../db/client/connect.ts";
import type { Settings } from "../../db/client/settings.ts";
import type { GuardedProvider } from "../llm/breaker.ts";
import type { Logger } from "../log.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { InFlight } from "./in-flight.ts";
import type { ParkSeller } from "./park-seller.ts";

/** The dependencies of drafting; one object a worker, made in src/worker. */
export interface DraftDeps {
  /** Rejects queries that get no answer in 15 s. */
  readonly sql: Sql;
  /** The same with minutes, for queries that may take so long. */
  readonly patientSql: Sql;
  readonly log: Logger;
  readonly workerId: number;
  /** The current settings. */
  readonly settings: () => Settings;
  /** The provider to ask now: the configured one, or while that one is down the first of llm_fallbacks that is up. */
  readonly provider: () => GuardedProvider;
  /** Called when a service asks to wait: this process then sends fewer calls at once. */
  readonly onThrottled: () => void;
  /** Prompts from the files as they were when the process started. */
  readonly prompts: PromptWriter;
  /** Caps the model calls of this process. */
  readonly limit: LimitFunction;
  /** Moves all waiting jobs of a seller at a limit, so that they are not fetched one by one. */
  readonly parkSeller: ParkSeller;
  readonly inFlight: InFlight;
  /** The most milliseconds for one model call. */
  readonly timeoutMs: number;
  /** Fires when a stop is requested: nothing new begins, waits end. */
  readonly stopping: AbortSignal;
  /** Fires when the grace period is over: running calls are cut off. */
  readonly cutOff: AbortSignal;
}
