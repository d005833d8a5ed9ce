import type { Settings } from "../../db/client/settings.ts";
import type { Config } from "../config.ts";
import type { DraftBrief } from "../domain/brief.ts";
import { PredraftError } from "../errors.ts";
import type { GuardedProvider } from "../llm/breaker.ts";
import { type Chain, createChains } from "../llm/chain.ts";
import { priceOf } from "../llm/prices.ts";
import type { Provider } from "../llm/provider.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Whether the provider and those of llm_fallbacks are configured, and, on request, whether the first answers. */
export async function checkProvider(
  config: Config,
  settings: Settings | undefined,
  call: boolean,
): Promise<Finding[]> {
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
    return [problem("provider", error.message, error.hint ?? "")];
  }
  const [provider, ...fallbacks] = chain.breakers.map((breaker) => breaker.provider) as [
    GuardedProvider,
    ...GuardedProvider[],
  ];
  if (settings?.llm_enabled === false)
    return [
      warning(
        "provider",
        "switched off: every draft is a provisional one by rules",
        "set llm_enabled to true in runtime_settings",
      ),
    ];
  if (!provider.remote)
    return [
      warning(
        "provider",
        "none: rules write the drafts, offline and free",
        "set DEEPSEEK_API_KEY, ANTHROPIC_API_KEY, or OPENAI_API_KEY and LLM_MODEL, for a model's",
      ),
    ];
  const said = [
    ok("provider", describe(config, provider, settings?.llm_prices)),
    ...fallbacks.map((fallback) =>
      ok("provider", `while that is down: ${describe(config, fallback, settings?.llm_prices)}`),
    ),
    ...findings,
  ];
  return call ? [...said, await tryCall(provider, config.llm.timeoutMs)] : said;
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

/** One draft of a made-up question. */
async function tryCall(provider: Provider, timeoutMs: number): Promise<Finding> {
  const started = performance.now();
  const prompt = {
    version: "doctor",
    system:
      'Answer with one JSON object: {"text": "ok", "intent": "other", "sentiment": "neutral", "sla_priority": "low", "recommendation_reason": "ok"}',
    user: "ok?",
  };
  try {
    await provider.generate({ brief: sample, prompt }, AbortSignal.timeout(timeoutMs));
    return ok("call", `answered in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  } catch (error) {
    if (!(error instanceof PredraftError)) throw error;
    return problem(
      "call",
      `${error.message} (${error.code})`,
      error.hint ?? "try again; the provider's own status page may know",
    );
  }
}

const sample: DraftBrief = {
  interactionId: "0",
  sellerId: "0",
  marketplace: "none",
  channel: "question",
  rating: null,
  subject: null,
  text: "ok?",
  thread: [],
  customerName: null,
  priority: "low",
  cues: [],
  product: { name: null, attributes: {} },
  tone: "neutral",
  signature: null,
  ownRules: null,
};
