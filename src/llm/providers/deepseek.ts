import { createHash } from "node:crypto";
import { generateBy } from "../generate.ts";
import type { Provider } from "../provider.ts";
import { openAIWire } from "./openai-wire.ts";
import type { ProviderOptions } from "./options.ts";

/**
 * DeepSeek, or a gateway to it at `baseUrl`. Thinking is on by default there, and is turned off. The service is asked for JSON and
 * enforces no schema. Each seller has a cache of its own, named by a hash of the seller's id.
 */
export function createDeepSeekProvider({ apiKey, baseUrl, model, timeoutMs }: ProviderOptions): Provider {
  const { send, listModels } = openAIWire({
    apiKey,
    keyName: "DEEPSEEK_API_KEY",
    baseUrl: baseUrl ?? "https://api.deepseek.com",
    model,
    timeoutMs,
    extras: (sellerId) => ({
      response_format: { type: "json_object" },
      thinking: { type: "disabled" },
      user_id: createHash("sha256").update(`seller ${sellerId}`).digest("hex").slice(0, 32),
      max_tokens: 2_048,
    }),
  });
  return {
    name: "deepseek",
    model,
    remote: true,
    generate: (request, signal) => generateBy(send, request, signal),
    listModels,
  };
}
