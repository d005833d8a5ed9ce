import Anthropic, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type { Message, ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages";
import { enforcedAnswer } from "../../domain/answer.ts";
import type { Tokens } from "../../domain/billed-call.ts";
import { generateBy, type SendChat } from "../generate.ts";
import { createModelErrors } from "../model-error.ts";
import type { Provider } from "../provider.ts";
import { withTimeout } from "../timeout.ts";
import type { ProviderOptions } from "./options.ts";

/** Anthropic, or a gateway to it at `baseUrl`. The service enforces the answer's schema. */
export function createAnthropicProvider(options: ProviderOptions): Provider {
  const send = messagesWire(options);
  return {
    name: "anthropic",
    model: options.model,
    remote: true,
    generate: (request, signal) => generateBy(send, request, signal),
  };
}

function messagesWire({ apiKey, baseUrl, model, timeoutMs }: ProviderOptions): SendChat {
  const client = new Anthropic({
    apiKey,
    // Said outright: what isn't, the SDK takes from variables of its own, and a prompt would follow them.
    authToken: null,
    baseURL: baseUrl ?? "https://api.anthropic.com",
    openTelemetry: false,
    timeout: timeoutMs,
    maxRetries: 0, // the queue waits, not the SDK
    logLevel: "off",
  });
  const modelError = createModelErrors(
    { APIError, APIConnectionError, APIConnectionTimeoutError, APIUserAbortError },
    "ANTHROPIC_API_KEY",
  );
  const { type, schema } = zodOutputFormat(enforcedAnswer);
  return withTimeout(timeoutMs, async ({ system, turns }, signal) => {
    try {
      const message = await client.messages.create(
        {
          model,
          system,
          messages: [...turns],
          max_tokens: 2_048,
          // Not `parse`: where it can't read an answer it throws away what the answer cost.
          output_config: { format: { type, schema } },
          ...leastThinking(model),
        },
        { signal },
      );
      return replyOf(message);
    } catch (error) {
      throw modelError(error);
    }
  });
}

/** Some models think unless they are told not to; a few always do, and refuse to be told. */
const leastThinking = (model: string): { thinking?: ThinkingConfigParam } =>
  /^claude-(fable|mythos)/.test(model) ? {} : { thinking: { type: "disabled" } };

/** A server that only resembles the wire, or a proxy's page, has none of the fields, whatever the type says. */
function replyOf(message: Partial<Message>) {
  const blocks = Array.isArray(message.content) ? message.content : [];
  return {
    content: blocks.map((block) => (block.type === "text" ? block.text : "")).join(""),
    finishReason: message.stop_reason ?? null,
    billed: { at: new Date(), responseModel: message.model ?? null, tokens: tokensOf(message.usage) },
  };
}

/** What went into the cache and came from it is counted beside input_tokens here; ours is the whole prompt. */
function tokensOf(usage: Partial<Message["usage"]> | undefined): Tokens | null {
  if (typeof usage?.input_tokens !== "number") return null;
  const cached = usage.cache_read_input_tokens ?? 0;
  const cacheWrite = usage.cache_creation_input_tokens ?? 0;
  return {
    input: usage.input_tokens + cached + cacheWrite,
    cached,
    cacheWrite,
    output: usage.output_tokens ?? 0,
  };
}
