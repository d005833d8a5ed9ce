import type { Settings } from "../../db/client/settings.ts";
import type { Config } from "../config.ts";
import { describeProxy } from "../console/proxy.ts";
import { PredraftError } from "../errors.ts";
import { type Chain, createChains } from "../llm/chain.ts";
import { priceOf } from "../llm/prices.ts";
import type { Provider } from "../llm/provider.ts";
import { askProvider, callProvider } from "./ask-provider.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Whether the provider and those of llm_fallbacks are configured, and what their services answer. `call`: the first is called. */
export async function checkProvider(
  config: Config,
  settings: Settings | undefined,
  call: boolean,
): Promise<Finding[]> {
  const { findings, providers } = inspectProviders(config, settings);
  const { timeoutMs } = config.llm;
  const answers = providers.map((provider, place) =>
    call && place === 0 ? callProvider(provider, timeoutMs, "call") : askProvider(provider, timeoutMs),
  );
  return [...findings, ...(await Promise.all(answers))];
}

/** What environment and settings make of the providers, and which are to be asked. Asks nobody, and says so if nobody is to be. */
export function inspectProviders(
  config: Config,
  settings: Settings | undefined,
): { readonly findings: Finding[]; readonly providers: readonly Provider[] } {
  const findings: Finding[] = [];
  let chain: Chain;
  try {
    chain = createChains(config.llm, { onOpen: nothing, onClose: nothing })(
      settings ?? noChoice,
      (entry, error) =>
        findings.push(
          problem("provider", `${entry} of llm_fallbacks can't be asked: ${error.message}`, error.hint ?? ""),
        ),
    );
  } catch (error) {
    if (!(error instanceof PredraftError)) throw error;
    return { findings: [problem("provider", error.message, error.hint ?? "")], providers: [] };
  }
  const provider: Provider = chain.breakers[0].provider;
  const fallbacks = chain.breakers.slice(1).map((breaker): Provider => breaker.provider);
  if (settings?.llm_enabled === false) {
    const what = "switched off: every draft is a provisional one by rules; no service was asked";
    return {
      findings: [warning("provider", what, "set llm_enabled to true in runtime_settings")],
      providers: [],
    };
  }
  if (!provider.remote) {
    const what = "none: rules write the drafts, offline and free; no service was asked";
    const todo = "set DEEPSEEK_API_KEY, ANTHROPIC_API_KEY, or OPENAI_API_KEY and LLM_MODEL, for a model's";
    return { findings: [warning("provider", what, todo)], providers: [] };
  }
  const prices = settings?.llm_prices;
  return {
    findings: [
      ok("provider", `${describe(config, provider, prices)}${describeProxies(config)}`),
      ...fallbacks.map((fallback) =>
        ok("provider", `while that is down: ${describe(config, fallback, prices)}`),
      ),
      ...findings,
    ],
    providers: [provider, ...fallbacks],
  };
}

const nothing = (): void => undefined;
const noChoice = { llm_provider: null, llm_model: null, llm_fallbacks: [] };

function describe({ llm }: Config, { name, model }: Provider, prices: unknown): string {
  const keyed = (llm.keys as Readonly<Record<string, string | undefined>>)[name] !== undefined;
  const price =
    priceOf(model, prices) === undefined
      ? "; no price is known, so its costs stay open (llm_prices can say it)"
      : "";
  return `${name}, model ${model}, ${keyed ? "key set" : "no key (LLM_BASE_URL)"}${price}`;
}

function describeProxies({ proxies }: Config): string {
  const { https, http } = proxies ?? {};
  const through = [...new Set([https, http].filter((proxy) => proxy !== undefined))].map(describeProxy);
  return through.length === 0 ? "" : `; through the proxy ${through.join(" or ")}`;
}
