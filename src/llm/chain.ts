import type { Config } from "../config.ts";
import type { PredraftError } from "../errors.ts";
import { type Breaker, type BreakerEvents, createBreaker, type GuardedProvider } from "./breaker.ts";
import { createProvider, makeRemote, type ProviderChoice } from "./create-provider.ts";
import type { Provider } from "./provider.ts";

/** The configured provider, and those to ask while it is down, in their order. */
export interface Chain {
  readonly breakers: readonly [Breaker, ...Breaker[]];
  /** The first that may be asked now; if none may, the configured one. */
  current(): GuardedProvider;
}

/** Which providers the live settings name. */
export interface ChainChoice extends ProviderChoice {
  /** `provider:model`, as the setting llm_fallbacks was judged. */
  readonly llm_fallbacks: readonly string[];
}

/** Makes chains. A provider and model that was in a chain before keeps its breaker, and what is known of its service. */
export function createChains(
  config: Config["llm"],
  events: BreakerEvents,
): (choice: ChainChoice, onUnusable: (name: string, error: PredraftError) => void) => Chain {
  const known = new Map<string, Breaker>();
  const guarded = (provider: Provider): Breaker => {
    const breaker = known.get(targetOf(provider)) ?? createBreaker(provider, events);
    known.set(targetOf(provider), breaker);
    return breaker;
  };
  return (choice, onUnusable) => {
    const first = guarded(createProvider(config, choice));
    const others = first.provider.remote ? choice.llm_fallbacks.flatMap(fallback(config, onUnusable)) : [];
    return chainOf([first, ...others.map(guarded).filter((breaker) => breaker !== first)]);
  };
}

/** A chain of one or more. */
export function chainOf(breakers: readonly [Breaker, ...Breaker[]]): Chain {
  return {
    breakers,
    current: () => (breakers.find(({ provider }) => provider.admits) ?? breakers[0]).provider,
  };
}

/** The name under which a breaker is kept, and an outage is told of. */
export const targetOf = ({ name, model }: Pick<Provider, "name" | "model">): string => `${name}:${model}`;

/** A fallback that cannot be made is left out, and told of. */
const fallback =
  (config: Config["llm"], onUnusable: (name: string, error: PredraftError) => void) =>
  (entry: string): Provider[] => {
    const [name = "", ...model] = entry.split(":");
    try {
      return [makeRemote(config, name, model.join(":"))];
    } catch (error) {
      onUnusable(entry, error as PredraftError);
      return [];
    }
  };
