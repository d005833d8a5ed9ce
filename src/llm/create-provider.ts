import type { Config } from "../config.ts";
import { PredraftError } from "../errors.ts";
import { currentModel, defaultModels } from "./models.ts";
import type { Provider } from "./provider.ts";
import { createAnthropicProvider } from "./providers/anthropic.ts";
import { createDeepSeekProvider } from "./providers/deepseek.ts";
import { createOfflineProvider } from "./providers/offline.ts";
import { createCompatibleProvider, createOpenAIProvider } from "./providers/openai.ts";
import type { ProviderOptions } from "./providers/options.ts";

/** What the live settings say of the provider; null: the environment decides. */
export interface ProviderChoice {
  readonly llm_provider: string | null;
  readonly llm_model: string | null;
}

const remotes = {
  openai: { create: createOpenAIOrCompatible, key: "OPENAI_API_KEY" },
  deepseek: { create: createDeepSeekProvider, key: "DEEPSEEK_API_KEY" },
  anthropic: { create: createAnthropicProvider, key: "ANTHROPIC_API_KEY" },
} as const satisfies Record<string, { create: (options: ProviderOptions) => Provider; key: string }>;

type RemoteName = keyof typeof remotes;

/**
 * Makes the provider that settings and environment ask for; settings go first. The environment's model belongs to the environment's
 * provider: another provider is asked for its default model. Throws `provider_unknown` or `provider_unconfigured` with what to do.
 */
export function createProvider(config: Config["llm"], choice: ProviderChoice): Provider {
  const name = choice.llm_provider ?? config.provider;
  const model = choice.llm_model ?? (name === config.provider ? config.model : undefined);
  if (name === "offline") return createOfflineProvider();
  return makeRemote(config, name, model);
}

/** Makes a remote provider by name; without a model, for predraft's default one. Throws as `createProvider` does. */
export function makeRemote(config: Config["llm"], name: string, named: string | undefined): Provider {
  if (!isRemote(name)) {
    throw new PredraftError("The settings name a provider that this predraft does not know", {
      code: "provider_unknown",
      hint: "Set llm_provider to one of: offline, openai, deepseek, anthropic.",
    });
  }
  const apiKey = config.keys[name];
  const baseUrl = config.baseUrls[name];
  // A compatible server may ask for no key.
  if (apiKey === undefined && !(name === "openai" && baseUrl !== undefined)) {
    throw new PredraftError(`The provider ${name} has no key`, {
      code: "provider_unconfigured",
      hint: `Set ${remotes[name].key}${name === "openai" ? " (or LLM_BASE_URL for a compatible server)" : ""} and start again.`,
    });
  }
  const model = named ?? defaultModels[name];
  if (model === undefined) {
    throw new PredraftError(`The provider ${name} has no model`, {
      code: "provider_unconfigured",
      hint: "Set LLM_MODEL, or the setting llm_model.",
    });
  }
  return remotes[name].create({
    apiKey: apiKey ?? "none",
    baseUrl,
    model: currentModel(model).model,
    timeoutMs: config.timeoutMs,
  });
}

/** An address beside a key of openai means a server that may know less than OpenAI's own service. */
function createOpenAIOrCompatible(options: ProviderOptions): Provider {
  return options.baseUrl === undefined ? createOpenAIProvider(options) : createCompatibleProvider(options);
}

const isRemote = (name: string): name is RemoteName => Object.hasOwn(remotes, name);
