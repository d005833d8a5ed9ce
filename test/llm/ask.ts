import { expect } from "vitest";
import type { ModelError } from "../../src/llm/errors/model-error.ts";
import type { Completion, GenerateRequest } from "../../src/llm/provider.ts";
import type { Reply } from "../helpers/model-server.ts";
import { type Dialect, key } from "./dialects.ts";

export const secret = "Тайна-покупателя";
export const request = {
  brief: { sellerId: "4711" },
  prompt: { version: "1", system: "Правила.", user: `Вопрос: ${secret}` },
} as unknown as GenerateRequest;

/** Asks a server by one of the providers. */
export function send(
  dialect: Dialect,
  { root }: { readonly root: string },
  signal = new AbortController().signal,
  timeoutMs = 5_000,
): Promise<Completion> {
  const options = { apiKey: key, baseUrl: dialect.address(root), model: "m-1", timeoutMs };
  return dialect.create(options).generate(request, signal);
}

/** The error that a call ends with; it quotes neither buyer, key nor answer. */
export async function failure(work: Promise<unknown>): Promise<ModelError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  const { message, hint, stack } = error as ModelError;
  expect([message, hint, stack].join("\n"), "an error never quotes").not.toMatch(
    new RegExp(`${secret}|${key}|Здравствуйте`),
  );
  return error as ModelError;
}

/** Replies for the first calls, in their order. */
export const inOrder =
  (...replies: Reply[]) =>
  ({ n }: { n: number }) =>
    replies[n - 1];
