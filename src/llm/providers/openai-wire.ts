import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import type { SendChat } from "../generate.ts";
import { createLearnedParameters } from "../learned-parameters.ts";
import { listedModels } from "../listed-models.ts";
import type { Provider } from "../provider.ts";
import { sendLearning } from "../send-learning.ts";
import { withTimeout } from "../timeout.ts";
import { readCompletion } from "./openai-reply.ts";

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

const sdk = { APIError, APIConnectionError, APIConnectionTimeoutError, APIUserAbortError };

/** What can be asked over a wire. */
export interface Wire {
  readonly send: SendChat;
  readonly listModels: NonNullable<Provider["listModels"]>;
}

/** Asks over OpenAI's chat completions whatever service speaks them. No retries: the queue waits. */
export function openAIWire(options: OpenAIWireOptions): Wire {
  const client = new OpenAI({
    apiKey: options.apiKey,
    // Stated here, because the SDK would take them from variables of its own, and a prompt would follow those.
    baseURL: options.baseUrl,
    organization: null,
    project: null,
    timeout: options.timeoutMs,
    maxRetries: 0,
    logLevel: "off",
    fetch: keepingErrors,
  });
  const learned = createLearnedParameters();
  const send = withTimeout(options.timeoutMs, ({ system, turns, sellerId }, signal) =>
    sendLearning({ ...options, sdk, learned, system, turns }, options.extras(sellerId), async (extras) => {
      const params = {
        model: options.model,
        messages: [{ role: "system", content: system }, ...turns],
        ...extras,
      } as ChatCompletionCreateParamsNonStreaming;
      return readCompletion(await client.chat.completions.create(params, { signal }));
    }),
  );
  const listModels = (signal: AbortSignal) =>
    listedModels(
      sdk,
      { ...options, sent: [] },
      () => client.get("/models", { signal }),
      () => answersAnybody(`${options.baseUrl}/models`, signal),
    );
  return { send, listModels };
}

/** Some gateways list their models to everybody: that says nothing about a key. */
async function answersAnybody(url: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(url, { signal });
  await response.body?.cancel();
  return response.ok;
}

/** The SDK keeps of a refusal's JSON only the field `error`, and many servers name it otherwise. */
const keepingErrors: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.ok || !response.headers.get("content-type")?.includes("json")) return response;
  const text = await response.text();
  const { status, statusText, headers } = response;
  return new Response(text.includes('"error"') ? text : `{"error": ${text || '""'}}`, {
    status,
    statusText,
    headers,
  });
};
