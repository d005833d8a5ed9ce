import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { PredraftError } from "../errors.ts";
import { draftAnswer } from "./answer.ts";
import { asModelError } from "./model-error.ts";
import type { Completion, Provider, Usage } from "./provider.ts";

export interface OpenAIOptions {
  readonly apiKey: string;
  /** Another server that speaks the same wire; undefined: OpenAI's own. */
  readonly baseUrl: string | undefined;
  readonly model: string;
  readonly timeoutMs: number;
}

/**
 * OpenAI, or any compatible server. One generation is one call, and at most one repair call where the answer is not what was
 * asked for. OpenAI's own service enforces the answer's schema; others are asked for JSON, and what they send is validated.
 */
export function createOpenAIProvider(options: OpenAIOptions): Provider {
  const client = new OpenAI({
    apiKey: options.apiKey,
    // Said outright: what isn't, the SDK takes from variables of its own, and a prompt would follow them.
    baseURL: options.baseUrl ?? "https://api.openai.com/v1",
    organization: null,
    project: null,
    timeout: options.timeoutMs,
    maxRetries: 0, // the queue waits, not the SDK
    logLevel: "off",
  });
  const format =
    options.baseUrl === undefined
      ? zodResponseFormat(draftAnswer, "draft")
      : ({ type: "json_object" } as const);
  const ask = async (
    messages: ChatCompletionMessageParam[],
    signal: AbortSignal,
  ): Promise<ChatCompletion> => {
    try {
      return await client.chat.completions.create(
        { model: options.model, messages, response_format: format },
        { signal },
      );
    } catch (error) {
      throw asModelError(error);
    }
  };
  return {
    name: "openai",
    model: options.model,
    remote: true,
    async generate({ prompt, onUsage }, signal) {
      const messages: ChatCompletionMessageParam[] = [
        { role: "system", content: prompt.system },
        { role: "user", content: prompt.user },
      ];
      const first = await ask(messages, signal);
      onUsage?.(usageOf(first));
      const answer = answerIn(first);
      if (answer.success) return completionOf(first, answer.data, usageOf(first));
      const repaired = await ask([...messages, ...repairRequest(first, answer.problem)], signal);
      onUsage?.(added(usageOf(first), usageOf(repaired)));
      const second = answerIn(repaired);
      if (!second.success) {
        throw new PredraftError(`The model's answer is not usable: ${second.problem}`, {
          code: "model_invalid_answer",
          retryable: true,
        });
      }
      return completionOf(repaired, second.data, added(usageOf(first), usageOf(repaired)));
    },
  };
}

type Reading = { success: true; data: Completion["answer"] } | { success: false; problem: string };

/** A server that only resembles the wire, or a proxy's page, has no choices, whatever the type says. */
function contentOf(completion: Partial<ChatCompletion>): string {
  const content: unknown = completion.choices?.[0]?.message?.content;
  return typeof content === "string" ? content : "";
}

/** Reads the answer; a problem names fields and rules, never what stood in them. */
function answerIn(completion: ChatCompletion): Reading {
  const content = contentOf(completion);
  if (!content) return { success: false, problem: "it is empty" };
  let json: unknown;
  try {
    json = JSON.parse(content.replace(/^\s*```(?:json)?|```\s*$/g, ""));
  } catch {
    return { success: false, problem: "it is not JSON" };
  }
  const parsed = draftAnswer.safeParse(json);
  if (parsed.success) return parsed;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole");
  return { success: false, problem: `not as asked for: ${[...new Set(fields)].join(", ")}` };
}

const repairRequest = (completion: ChatCompletion, problem: string): ChatCompletionMessageParam[] => [
  { role: "assistant", content: contentOf(completion) },
  {
    role: "user",
    content: `Your answer can't be used: ${problem}. Send only the JSON object, with all its fields.`,
  },
];

const usageOf = (completion: ChatCompletion): Usage => ({
  inputTokens: completion.usage?.prompt_tokens ?? 0,
  cachedInputTokens: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
  outputTokens: completion.usage?.completion_tokens ?? 0,
});

const added = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
});

const completionOf = (
  completion: ChatCompletion,
  answer: Completion["answer"],
  usage: Usage,
): Completion => ({
  answer,
  responseModel: completion.model ?? null,
  finishReason: completion.choices[0]?.finish_reason ?? null,
  usage,
});
