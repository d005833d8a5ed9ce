import {
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleWhen,
  type IBackoff,
  isBrokenCircuitError,
} from "cockatiel";
import { ModelError } from "./model-error.ts";
import type { Provider } from "./provider.ts";

/** A provider that is left alone while its service is down. Its `generate` also rejects with `model_down`, without a call. */
export interface GuardedProvider extends Provider {
  /** Whether a call may be made now: it is up, or it is time to try. */
  readonly admits: boolean;
}

/** The circuit breaker of one provider and model. */
export interface Breaker {
  readonly provider: GuardedProvider;
  /** Whether its service is taken to be up. */
  readonly isClosed: boolean;
  /** What was wrong when it was last found down; absent while it is taken to be up. */
  readonly trouble: ModelError | undefined;
  /** When a call last succeeded, by `performance.now()`. */
  readonly succeededAt: number;
  /** Takes the service to be up again, because somebody else found that it is. */
  reset(): void;
}

/** What is told of a breaker. */
export interface BreakerEvents {
  /** The service is down, or refuses us; again after each try that failed. */
  readonly onOpen: (provider: Provider, error: ModelError) => void;
  readonly onClose: (provider: Provider) => void;
}

/** As many failures in a row mean that it is down. */
const threshold = 5;
/** Milliseconds that it is left alone, by how often it was found down; the last goes on. */
const restsMs = [1_000, 2_000, 4_000, 8_000, 10_000] as const;
/** A key or a name doesn't become right by itself. */
const misconfiguredRestMs = 30_000;

const outages: ReadonlySet<string> = new Set([
  "model_unavailable",
  "model_timeout",
  "model_unreachable",
  "model_invalid_answer",
  "model_misconfigured",
]);

/** Guards a provider. One call at a time tries a service that was down; the others are told at once that it is. */
export function createBreaker(base: Provider, events: BreakerEvents): Breaker {
  let succeededAt = Number.NEGATIVE_INFINITY;
  let circuit = begin();

  /** What a circuit that was replaced still learns is told to nobody. */
  function begin(): Circuit {
    const begun = newCircuit();
    begun.policy.onBreak(() => {
      const reason = begun.reason();
      if (circuit === begun && reason !== undefined) events.onOpen(base, reason);
    });
    begun.policy.onReset(() => {
      if (circuit === begun) events.onClose(base);
    });
    return begun;
  }

  const provider: GuardedProvider = {
    name: base.name,
    model: base.model,
    remote: base.remote,
    get admits() {
      return circuit.admits();
    },
    async generate(request, signal) {
      if (!circuit.admits()) throw down();
      try {
        const completion = await circuit.policy.execute(() => base.generate(request, signal));
        succeededAt = performance.now();
        return completion;
      } catch (error) {
        throw isBrokenCircuitError(error) ? down() : error;
      }
    },
  };
  return {
    provider,
    get isClosed() {
      return circuit.policy.state === CircuitState.Closed;
    },
    get trouble() {
      return circuit.policy.state === CircuitState.Closed ? undefined : (circuit.reason() ?? down());
    },
    get succeededAt() {
      return succeededAt;
    },
    reset() {
      circuit = begin();
      events.onClose(base);
    },
  };
}

const down = (): ModelError =>
  new ModelError("The model's service is down", { code: "model_down", retryable: true });

interface Circuit {
  readonly policy: CircuitBreakerPolicy;
  readonly admits: () => boolean;
  /** What it was opened by last. */
  readonly reason: () => ModelError | undefined;
}

function newCircuit(): Circuit {
  let failures = 0;
  let refused = false;
  let restsUntil = 0;
  let reason: ModelError | undefined;

  /** A call that was cut off says nothing about the service: whoever tried it has to try again. */
  const isOutage = (error: Error): boolean => {
    if (!(error instanceof ModelError)) return false;
    if (error.code === "model_aborted") return policy.state === CircuitState.HalfOpen;
    if (!outages.has(error.code)) return false;
    reason = error;
    refused ||= error.code === "model_misconfigured";
    return true;
  };
  const rest = (times: number): IBackoff<unknown> => {
    const duration = refused ? misconfiguredRestMs : (restsMs[times] ?? restsMs.at(-1) ?? 0);
    restsUntil = Date.now() + duration;
    return { duration, next: () => rest(times + 1) };
  };
  const forget = (): void => {
    failures = 0;
    refused = false;
  };
  const policy = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: { next: () => rest(0) },
    breaker: {
      state: undefined,
      success: forget,
      failure() {
        failures += 1;
        return refused || failures >= threshold;
      },
    },
  });
  policy.onReset(forget);
  return {
    policy,
    reason: () => reason,
    admits: () =>
      policy.state === CircuitState.Closed ||
      (policy.state === CircuitState.Open && Date.now() >= restsUntil),
  };
}
