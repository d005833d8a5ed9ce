import Anthropic, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import type { MessageCreateParamsNonStreaming } from "@anthropic-ai/sdk/resources/messages";
import { enforcedAnswer } from "../../domain/answer.ts";
import type { Tokens } from "../../domain/billed-call.ts";
import { answerFields, asFields, contentOf, countOf, type Fields, textOf } from "../answer/reply-content.ts";
import { generateBy, type Reply, type SendChat } from "../generate.ts";
import { createLearnedParameters } from "../learned-parameters.ts";
import { listedModels } from "../listed-models.ts";
import type { Provider } from "../provider.ts";
import { sendLearning } from "../send-learning.ts";
import { withTimeout } from "../timeout.ts";
import type { Wire } from "./openai-wire.ts";
import type { ProviderOptions } from "./options.ts";

/** Anthropic, or a gateway to it at `baseUrl`. The service enforces the answer's schema. */
export function createAnthropicProvider(options: ProviderOptions): Provider {
  const { send, listModels } = messagesWire(options);
  return {
    name: "anthropic",
    model: options.model,
    remote: true,
    generate: (request, signal) => generateBy(send, request, signal),
    listModels,
  };
}

const keyName = "ANTHROPIC_API_KEY";
const sdk = { APIError, APIConnectionError, APIConnectionTimeoutError, APIUserAbortError };

function messagesWire({ apiKey, baseUrl, model, timeoutMs }: ProviderOptions): Wire {
  const client = new Anthropic({
    apiKey,
    // Stated here, because the SDK would take them from variables of its own, and a prompt would follow those.
    authToken: null,
    baseURL: baseUrl ?? "https://api.anthropic.com",
    openTelemetry: false,
    timeout: timeoutMs,
    maxRetries: 0, // the queue waits, not the SDK
    logLevel: "off",
  });
  const learned = createLearnedParameters(["max_tokens"]);
  const { type, schema } = zodOutputFormat(enforcedAnswer);
  // Not `parse`: if it can't read an answer it throws away what the answer cost.
  const extras = { output_config: { format: { type, schema } }, ...leastThinking(model) };
  const send: SendChat = withTimeout(timeoutMs, ({ system, turns }, signal) =>
    sendLearning({ sdk, learned, keyName, apiKey, system, turns }, extras, async (parameters) => {
      const params = { model, system, messages: [...turns], max_tokens: 2_048, ...parameters };
      return readMessage(await client.messages.create(params as MessageCreateParamsNonStreaming, { signal }));
    }),
  );
  const facts = { keyName, apiKey, sent: [] };
  const read = (signal: AbortSignal) => client.get("/v1/models", { signal, query: { limit: 1_000 } });
  return {
    send,
    listModels: (signal) =>
      listedModels(
        sdk,
        facts,
        () => read(signal),
        async () => false,
      ),
  };
}

/** Some models think unless they are told not to; a few always do, and refuse to be told. */
const leastThinking = (model: string): { thinking?: { type: "disabled" } } =>
  /^claude-(fable|mythos)/.test(model) ? {} : { thinking: { type: "disabled" } };

/** A server that only resembles the wire, or a proxy's page, has none of the fields. */
function readMessage(body: unknown): Reply {
  const message = answerFields(body, ({ content }) => content !== undefined);
  return {
    content: contentOf(message["content"]),
    finishReason: textOf(message["stop_reason"]),
    declined: message["stop_reason"] === "refusal",
    billed: {
      at: new Date(),
      responseModel: textOf(message["model"]),
      tokens: tokensOf(asFields(message["usage"])),
    },
  };
}

/** What went into the cache and came from it is counted beside input_tokens here; ours is the whole prompt. */
function tokensOf(usage: Fields): Tokens | null {
  const input = countOf(usage["input_tokens"]);
  if (input === undefined) return null;
  const cached = countOf(usage["cache_read_input_tokens"]) ?? 0;
  const cacheWrite = countOf(usage["cache_creation_input_tokens"]) ?? 0;
  return {
    input: input + cached + cacheWrite,
    cached,
    cacheWrite,
    output: countOf(usage["output_tokens"]) ?? 0,
  };
}
