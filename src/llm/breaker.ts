import {
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleWhen,
  type IBackoff,
  isBrokenCircuitError,
} from "cockatiel";
import { ModelError } from "./errors/model-error.ts";
import { createEvidence } from "./evidence.ts";
import type { Completion, GenerateRequest, Provider } from "./provider.ts";

/** A provider that is left alone while its service is down. Its `generate` also rejects with `model_down`, without a call. */
export interface GuardedProvider extends Provider {
  /** Whether a call may be made now, because the service is up or it is time to try. */
  readonly admits: boolean;
}

/** The circuit breaker of one provider and model. */
export interface Breaker {
  readonly provider: GuardedProvider;
  /** Whether its service is taken to be up. */
  readonly isClosed: boolean;
  /** What was wrong when it was last found down; undefined while it is taken to be up. */
  readonly trouble: ModelError | undefined;
  /** When a call last succeeded, by `performance.now()`. */
  readonly succeededAt: number;
  /** Takes the service to be up again, because another process found that it is. */
  reset(): void;
}

/** What is told of a breaker. */
export interface BreakerEvents {
  /** The service is down, or refuses us; again after each try that failed. */
  readonly onOpen: (provider: Provider, error: ModelError) => void;
  readonly onClose: (provider: Provider) => void;
  /** A content that nobody could object to. Without it, no content's failure is ever taken for the service's. */
  readonly testRequest?: () => GenerateRequest;
  /** The test question was asked, and paid for; `error` is what came of it, if it was not answered. */
  readonly onTested?: (provider: Provider, error: unknown) => void;
}

/** So many failures in a row mean that the service is down. */
const threshold = 5;
/** Milliseconds that it is left alone, by how often it was found down; the last value stays. */
const restsMs = [1_000, 2_000, 4_000, 8_000, 10_000] as const;
/** A key or a name doesn't become right by itself. */
const misconfiguredRestMs = 30_000;
/** A service that names a longer rest is tried after this one. */
const longestToldRestMs = 60_000;

/** Failures that say something about the service. What may be one content's own fault is not among them. */
const outages: ReadonlySet<string> = new Set([
  "model_unavailable",
  "model_timeout",
  "model_unreachable",
  "model_misconfigured",
  "model_unfit",
]);
/** Failures that leave no doubt. */
const certain: ReadonlySet<string> = new Set(["model_misconfigured", "model_unfit"]);

/** Guards a provider. One call at a time tries a service that was down; the others are told at once that it is. */
export function createBreaker(base: Provider, events: BreakerEvents): Breaker {
  let succeededAt = Number.NEGATIVE_INFINITY;
  let circuit = begin();
  const evidence = createEvidence(testQuestion(base, events));

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
    ...(base.listModels && { listModels: base.listModels }),
    get admits() {
      return circuit.admits();
    },
    async generate(request, signal) {
      if (!circuit.admits()) throw down();
      try {
        const completion = await circuit.policy.execute(() =>
          base.generate(request, signal).catch(async (error: unknown) => {
            throw error instanceof ModelError ? await evidence.judge(error, signal) : error;
          }),
        );
        succeededAt = performance.now();
        evidence.answered();
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

/** The test question has a time of its own, so that a caller who leaves doesn't take the answer along. */
const testQuestionMs = 30_000;

function testQuestion(provider: Provider, events: BreakerEvents): (() => Promise<Completion>) | null {
  const { testRequest } = events;
  if (testRequest === undefined || !provider.remote) return null;
  return async () => {
    try {
      const completion = await provider.generate(testRequest(), AbortSignal.timeout(testQuestionMs));
      events.onTested?.(provider, undefined);
      return completion;
    } catch (error) {
      events.onTested?.(provider, error);
      throw error;
    }
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
  let isCertain = false;
  let restsUntil = 0;
  let reason: ModelError | undefined;

  /** A call that was cut off says nothing about the service, so another call has to try it. */
  const isOutage = (error: Error): boolean => {
    if (!(error instanceof ModelError)) return false;
    if (error.code === "model_aborted") return policy.state === CircuitState.HalfOpen;
    if (!outages.has(error.code)) return false;
    reason = error;
    isCertain ||= certain.has(error.code);
    return true;
  };
  const rest = (times: number): IBackoff<unknown> => {
    const usual = restsMs[times] ?? restsMs.at(-1) ?? 0;
    const told = Math.min(reason?.retryAfterMs ?? 0, longestToldRestMs);
    const duration = reason?.code === "model_misconfigured" ? misconfiguredRestMs : Math.max(usual, told);
    restsUntil = Date.now() + duration;
    return { duration, next: () => rest(times + 1) };
  };
  const forget = (): void => {
    failures = 0;
    isCertain = false;
  };
  const policy = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: { next: () => rest(0) },
    breaker: {
      state: undefined,
      success: forget,
      failure() {
        failures += 1;
        return isCertain || failures >= threshold;
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
