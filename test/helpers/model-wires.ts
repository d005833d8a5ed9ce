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

/** How an answer is sent, other than as a text: in parts, as a tool's arguments; or why it ended. */
export type Shape = "parts" | "tool" | "filtered" | "declined" | "length" | "exhausted";

/** An answer as the service sends it that was asked on this wire. */
export function wireAnswer(
  n: number,
  request: WireRequest,
  text: string | null,
  tokens: WireTokens,
  shape?: Shape,
): object {
  const model = `${request.model}-2026`;
  if (request.system !== undefined) return messagesAnswer(n, model, text, tokens, shape);
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
    choices: [choiceOf(text, shape)],
    usage,
  };
}

const choiceOf = (text: string | null, shape: Shape | undefined) => {
  const reasons: Partial<Record<Shape, string>> = {
    tool: "tool_calls",
    filtered: "content_filter",
    length: "length",
    exhausted: "insufficient_system_resource",
  };
  const parts = [
    { type: "thinking", text: "Хм {" },
    { type: "text", text },
  ];
  const called = { id: "t", type: "function", function: { name: "draft", arguments: text } };
  const message =
    shape === "tool"
      ? { content: null, tool_calls: [called] }
      : shape === "declined"
        ? { content: null, refusal: "I can't help with that." }
        : { content: shape === "parts" ? parts : text };
  const finish_reason = (shape && reasons[shape]) ?? "stop";
  return { index: 0, finish_reason, message: { role: "assistant", ...message } };
};

const blocksOf = (text: string, shape: Shape | undefined): object[] => {
  if (shape === "tool") return [{ type: "tool_use", id: "t", name: "draft", input: JSON.parse(text) }];
  const half = Math.ceil(text.length / 2);
  return shape === "parts"
    ? [
        { type: "thinking", thinking: "Хм {" },
        { type: "text", text: text.slice(0, half) },
        { type: "text", text: text.slice(half) },
      ]
    : [{ type: "text", text }];
};

/** Anthropic counts beside the input what went through the cache. */
const messagesAnswer = (
  n: number,
  model: string,
  text: string | null,
  tokens: WireTokens,
  shape: Shape | undefined,
) => ({
  id: `msg_${n}`,
  type: "message",
  role: "assistant",
  model,
  content: text === null || shape === "declined" ? [] : blocksOf(text, shape),
  stop_reason:
    shape === "declined" || shape === "filtered"
      ? "refusal"
      : shape === "length"
        ? "max_tokens"
        : shape === "exhausted"
          ? "error"
          : "end_turn",
  stop_sequence: null,
  usage: {
    input_tokens: tokens.input - tokens.cached - tokens.cacheWrite,
    cache_read_input_tokens: tokens.cached,
    cache_creation_input_tokens: tokens.cacheWrite,
    output_tokens: tokens.output,
  },
});
