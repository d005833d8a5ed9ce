import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from "openai/resources/chat/completions";
import type { Tokens } from "../../domain/billed-call.ts";
import type { SendChat } from "../generate.ts";
import { createModelErrors } from "../model-error.ts";
import { withTimeout } from "../timeout.ts";

export interface OpenAIWireOptions {
  readonly apiKey: string;
  /** The variable that the key comes from, for what an error says. */
  readonly keyName: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly timeoutMs: number;
  /** What this service takes beyond model and messages. */
  readonly extras: (sellerId: string) => Readonly<Record<string, unknown>>;
}

/** DeepSeek's counts are beside OpenAI's. */
type WireUsage = ChatCompletion["usage"] & { readonly prompt_cache_hit_tokens?: number };

/** Asks over OpenAI's chat completions whatever service speaks them. No retries: the queue waits. */
export function openAIWire(options: OpenAIWireOptions): SendChat {
  const client = new OpenAI({
    apiKey: options.apiKey,
    // Said outright: what isn't, the SDK takes from variables of its own, and a prompt would follow them.
    baseURL: options.baseUrl,
    organization: null,
    project: null,
    timeout: options.timeoutMs,
    maxRetries: 0,
    logLevel: "off",
  });
  const modelError = createModelErrors(
    { APIError, APIConnectionError, APIConnectionTimeoutError, APIUserAbortError },
    options.keyName,
  );
  return withTimeout(options.timeoutMs, async ({ system, turns, sellerId }, signal) => {
    const params = {
      model: options.model,
      messages: [{ role: "system", content: system }, ...turns],
      ...options.extras(sellerId),
    } as ChatCompletionCreateParamsNonStreaming;
    try {
      return replyOf(await client.chat.completions.create(params, { signal }));
    } catch (error) {
      throw modelError(error);
    }
  });
}

/** A server that only resembles the wire, or a proxy's page, has none of the fields, whatever the type says. */
function replyOf(completion: Partial<ChatCompletion>) {
  const choice = completion.choices?.[0];
  const content: unknown = choice?.message?.content;
  return {
    content: typeof content === "string" ? content : "",
    finishReason: choice?.finish_reason ?? null,
    billed: { at: new Date(), responseModel: completion.model ?? null, tokens: tokensOf(completion.usage) },
  };
}

function tokensOf(usage: WireUsage | undefined): Tokens | null {
  if (typeof usage?.prompt_tokens !== "number") return null;
  return {
    input: usage.prompt_tokens,
    cached: usage.prompt_cache_hit_tokens ?? usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWrite: 0,
    output: usage.completion_tokens,
  };
}
