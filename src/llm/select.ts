import type { Config } from "../config.ts";
import { PredraftError } from "../errors.ts";
import { currentModel } from "./models.ts";
import { createOfflineProvider } from "./offline.ts";
import { createOpenAIProvider } from "./openai.ts";
import type { Provider } from "./provider.ts";

/** What the live settings say of the provider; null: as the environment has it. */
export interface ProviderChoice {
  readonly llm_provider: string | null;
  readonly llm_model: string | null;
}

/**
 * Makes the provider that settings and environment ask for, the settings first. Throws `provider_unknown` or
 * `provider_unconfigured` with what to do.
 */
export function selectProvider(config: Config["llm"], choice: ProviderChoice): Provider {
  const name = choice.llm_provider ?? config.provider;
  const named = choice.llm_model ?? config.model;
  const model = named === undefined ? undefined : currentModel(named).model;
  if (name === "offline") return createOfflineProvider();
  if (name !== "openai") {
    throw new PredraftError("The setting llm_provider names a provider that this predraft does not know", {
      code: "provider_unknown",
      hint: "Set it to one of: offline, openai.",
    });
  }
  if (config.openaiKey === undefined && config.baseUrl === undefined) {
    throw new PredraftError("The provider openai has no key", {
      code: "provider_unconfigured",
      hint: "Set OPENAI_API_KEY (or LLM_BASE_URL for a compatible server) and start again.",
    });
  }
  if (model === undefined) {
    throw new PredraftError("The provider openai has no model", {
      code: "provider_unconfigured",
      hint: "Set LLM_MODEL, or the setting llm_model.",
    });
  }
  return createOpenAIProvider({
    apiKey: config.openaiKey ?? "none",
    baseUrl: config.baseUrl,
    model,
    timeoutMs: config.timeoutMs,
  });
}
