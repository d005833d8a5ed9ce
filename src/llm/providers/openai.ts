import { zodResponseFormat } from "openai/helpers/zod";
import { enforcedAnswer } from "../../domain/answer.ts";
import { generateBy } from "../generate.ts";
import type { Provider } from "../provider.ts";
import { openAIWire } from "./openai-wire.ts";
import type { ProviderOptions } from "./options.ts";

/** OpenAI, or a gateway to it at `baseUrl`. The service enforces the answer's schema, and is told to think no more than it must. */
export function createOpenAIProvider(options: ProviderOptions): Provider {
  const format = zodResponseFormat(enforcedAnswer, "draft");
  return overWire(options, { response_format: format, ...leastThinking(options.model) });
}

/** Any server that speaks OpenAI's wire. It is asked for JSON, and what it sends is validated. */
export function createCompatibleProvider(options: ProviderOptions): Provider {
  return overWire(options, { response_format: { type: "json_object" } });
}

function overWire(
  { baseUrl, ...options }: ProviderOptions,
  extras: Readonly<Record<string, unknown>>,
): Provider {
  const { send, listModels } = openAIWire({
    ...options,
    keyName: "OPENAI_API_KEY",
    baseUrl: baseUrl ?? "https://api.openai.com/v1",
    extras: () => extras,
  });
  return {
    name: "openai",
    model: options.model,
    remote: true,
    generate: (request, signal) => generateBy(send, request, signal),
    listModels,
  };
}

/** Models that think unless they are told not to get the least that each will take. Nothing is known of others, so they are told nothing. */
function leastThinking(model: string): { reasoning_effort?: string } {
  const family = /^(gpt-5(?:\.\d+)?|o\d)(?:-mini|-nano)?(?:-\d{4}-\d{2}-\d{2})?$/.exec(model)?.[1];
  if (family === undefined) return {};
  if (family === "gpt-5") return { reasoning_effort: "minimal" };
  return { reasoning_effort: family.startsWith("gpt") ? "none" : "low" };
}
