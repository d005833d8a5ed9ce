/** A request as any of the wires has it. */
export interface WireRequest {
  readonly model: string;
  readonly messages: readonly { readonly content: string }[];
  /** Anthropic keeps the rules apart from the talk. */
  readonly system?: string;
  /** DeepSeek's own. */
  readonly user_id?: string;
}

/** What an answer counts: all of the prompt, parts of it by the cache, and the answer. */
export interface WireTokens {
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export const defaultTokens: WireTokens = { input: 100, cached: 64, cacheWrite: 0, output: 20 };

/** Contents of a request, the rules first. */
export const messagesOf = ({ system, messages }: WireRequest): string[] => [
  ...(system === undefined ? [] : [system]),
  ...messages.map((message) => message.content),
];

/** An answer as the service sends it that was asked on this wire. */
export function wireAnswer(n: number, request: WireRequest, text: string | null, tokens: WireTokens): object {
  const model = `${request.model}-2026`;
  if (request.system !== undefined) return messagesAnswer(n, model, text, tokens);
  const usage = {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    ...(request.user_id === undefined
      ? { prompt_tokens_details: { cached_tokens: tokens.cached } }
      : {
          prompt_cache_hit_tokens: tokens.cached,
          prompt_cache_miss_tokens: tokens.input - tokens.cached,
        }),
  };
  return {
    id: `call-${n}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }],
    usage,
  };
}

/** Anthropic counts beside the input what went through the cache. */
const messagesAnswer = (n: number, model: string, text: string | null, tokens: WireTokens) => ({
  id: `msg_${n}`,
  type: "message",
  role: "assistant",
  model,
  content: text === null ? [] : [{ type: "text", text }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: {
    input_tokens: tokens.input - tokens.cached - tokens.cacheWrite,
    cache_read_input_tokens: tokens.cached,
    cache_creation_input_tokens: tokens.cacheWrite,
    output_tokens: tokens.output,
  },
});
