import type { LimitFunction } from "p-limit";
import type { Sql } from "../../db/client/connect.ts";
import type { Settings } from "../../db/client/settings.ts";
import type { GuardedProvider } from "../llm/breaker.ts";
import type { Logger } from "../log.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { InFlight } from "./in-flight.ts";
import type { ParkSeller } from "./park-seller.ts";

/** What drafting stands on; one object a worker, made in src/worker. */
export interface DraftDeps {
  /** Every query of it ends: what gets no answer in 15 s is an error. */
  readonly sql: Sql;
  /** The same for what may take minutes. */
  readonly patientSql: Sql;
  readonly log: Logger;
  readonly workerId: number;
  /** Settings as they act now. */
  readonly settings: () => Settings;
  /** Whom to ask now: the configured provider, or while that is down the first of llm_fallbacks that isn't. */
  readonly provider: () => GuardedProvider;
  /** A service asks to wait: this process asks for less at once. */
  readonly onThrottled: () => void;
  /** Prompts, as their files were when the process started. */
  readonly prompts: PromptWriter;
  /** Caps the model calls of this process. */
  readonly limit: LimitFunction;
  /** Moves everything that waits of a seller at a limit, so that it isn't fetched job by job. */
  readonly parkSeller: ParkSeller;
  readonly inFlight: InFlight;
  /** Milliseconds that one model call may take. */
  readonly timeoutMs: number;
  /** Fires when a stop is asked for: nothing new is begun, waits end. */
  readonly stopping: AbortSignal;
  /** Fires when the grace is over: calls under way are cut off. */
  readonly cutOff: AbortSignal;
}
