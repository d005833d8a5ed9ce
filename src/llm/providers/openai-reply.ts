import type { Tokens } from "../../domain/billed-call.ts";
import {
  answerFields,
  argumentsOf,
  asFields,
  contentOf,
  countOf,
  type Fields,
  textOf,
} from "../answer/reply-content.ts";
import { RefusedInBody } from "../errors/sdk-error.ts";
import type { Reply } from "../generate.ts";

/** Reads what came with status 200 from a server that speaks OpenAI's wire, or only resembles it. Throws what is an error in its body. */
export function readCompletion(body: unknown): Reply {
  const completion = answerFields(body, ({ choices }) => Array.isArray(choices) && choices.length > 0);
  const choice = asFields((completion["choices"] as readonly unknown[] | undefined)?.[0]);
  if (choice["error"]) throw new RefusedInBody({ error: choice["error"] });
  const message = asFields(choice["message"]);
  return {
    content: contentOf(message["content"]) || toolArguments(message) || (textOf(choice["text"]) ?? ""),
    finishReason: textOf(choice["finish_reason"]),
    declined: textOf(message["refusal"]) !== null,
    billed: {
      at: new Date(),
      responseModel: textOf(completion["model"]),
      tokens: tokensOf(asFields(completion["usage"])),
    },
  };
}

/** A model that was taught tools may answer by a call of one that it made up. */
function toolArguments(message: Fields): string {
  const calls = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
  const called = [...calls.map((call) => asFields(call)["function"]), message["function_call"]];
  const given = called.map((call) => asFields(call)["arguments"]).filter((value) => value != null);
  return given.map(argumentsOf).join("\n");
}

/** DeepSeek's counts are beside OpenAI's. */
function tokensOf(usage: Fields): Tokens | null {
  const input = countOf(usage["prompt_tokens"]);
  if (input === undefined) return null;
  const cached = countOf(asFields(usage["prompt_tokens_details"])["cached_tokens"]);
  return {
    input,
    cached: countOf(usage["prompt_cache_hit_tokens"]) ?? cached ?? 0,
    cacheWrite: 0,
    output: countOf(usage["completion_tokens"]) ?? 0,
  };
}
