import { expect } from "vitest";
import type { Provider } from "../../src/llm/provider.ts";
import { createAnthropicProvider } from "../../src/llm/providers/anthropic.ts";
import { createDeepSeekProvider } from "../../src/llm/providers/deepseek.ts";
import { createCompatibleProvider, createOpenAIProvider } from "../../src/llm/providers/openai.ts";
import type { ProviderOptions } from "../../src/llm/providers/options.ts";

export const key = "sk-nobody-may-read-this";

/** One provider as the conformance suite runs it, and what is its own on the wire. */
export interface Dialect {
  readonly what: string;
  readonly create: (options: ProviderOptions) => Provider;
  readonly keyName: string;
  /** The default model of the real service, and the variable that holds its key. */
  readonly realModel: string;
  /** A server's address as this provider takes it. */
  readonly address: (root: string) => string;
  /** What it sends beside the prompt. */
  readonly sends: Readonly<Record<string, unknown>>;
}

const openAIWire = (root: string): string => `${root}/v1`;
/** The schema, as far as it is the same for every service that enforces one. */
const schema = expect.objectContaining({
  type: "object",
  required: expect.arrayContaining(["text", "intent", "needs_escalation", "escalation_reason"]),
  additionalProperties: false,
});

export const dialects: readonly Dialect[] = [
  {
    what: "openai",
    create: createOpenAIProvider,
    keyName: "OPENAI_API_KEY",
    realModel: "gpt-5-mini",
    address: openAIWire,
    sends: {
      path: "/v1/chat/completions",
      response_format: {
        type: "json_schema",
        json_schema: { name: "draft", strict: true, schema },
      },
    },
  },
  {
    what: "a compatible server",
    create: createCompatibleProvider,
    keyName: "OPENAI_API_KEY",
    realModel: "gpt-5-mini",
    address: openAIWire,
    sends: { path: "/v1/chat/completions", response_format: { type: "json_object" } },
  },
  {
    what: "deepseek",
    create: createDeepSeekProvider,
    keyName: "DEEPSEEK_API_KEY",
    realModel: "deepseek-flash",
    address: (root) => root,
    sends: {
      path: "/chat/completions",
      response_format: { type: "json_object" },
      thinking: { type: "disabled" },
      user_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  },
  {
    what: "anthropic",
    create: createAnthropicProvider,
    keyName: "ANTHROPIC_API_KEY",
    realModel: "claude-haiku-4-5",
    address: (root) => root,
    sends: {
      path: "/v1/messages",
      thinking: { type: "disabled" },
      output_config: { format: { type: "json_schema", schema } },
    },
  },
];
