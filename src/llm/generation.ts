import type { BilledCall } from "../billing.ts";
import { PredraftError, withBilled } from "../errors.ts";
import type { Completion, GenerateRequest } from "./provider.ts";
import { readAnswer } from "./read-answer.ts";

/** One line of the talk with a model. */
export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** What is sent with one call. */
export interface Talk {
  readonly system: string;
  readonly turns: readonly Turn[];
  /** Whose draft it is; leaves the process as a hash at most. */
  readonly sellerId: string;
}

/** What a service sent back for one call. */
export interface Reply {
  /** Empty where there was nothing to read. */
  readonly content: string;
  readonly finishReason: string | null;
  readonly billed: BilledCall;
}

/** One call over some service's wire. Rejects with a `PredraftError`, code `model_*`. */
export type Ask = (talk: Talk, signal: AbortSignal) => Promise<Reply>;

/**
 * One generation: a call, and one repair call where the answer can't be used. An answer that can't be used either rejects with
 * `model_invalid_answer`. Whatever it rejects with carries the calls that were billed before.
 */
export async function generateBy(
  ask: Ask,
  { brief, prompt }: GenerateRequest,
  signal: AbortSignal,
): Promise<Completion> {
  const question: Turn = { role: "user", content: prompt.user };
  const talk = { system: prompt.system, sellerId: brief.sellerId };
  const first = await ask({ ...talk, turns: [question] }, signal);
  const reading = readAnswer(first.content);
  if (reading.usable) return completed(first, reading.answer, [first.billed]);

  const repair = repairOf(first.content, reading.problem);
  const second = await ask({ ...talk, turns: [question, ...repair] }, signal).catch((error: unknown) => {
    throw withBilled(error, [first.billed]);
  });
  const billed = [first.billed, second.billed];
  const repaired = readAnswer(second.content);
  if (repaired.usable) return completed(second, repaired.answer, billed);
  throw new PredraftError(`The model's answer is not usable: ${repaired.problem}`, {
    code: "model_invalid_answer",
    retryable: true,
    billed,
  });
}

const completed = (
  reply: Reply,
  answer: Completion["answer"],
  billed: readonly BilledCall[],
): Completion => ({
  answer,
  responseModel: reply.billed.responseModel,
  finishReason: reply.finishReason,
  billed,
});

/** An answer without words is no turn that a service takes back. */
const repairOf = (content: string, problem: string): Turn[] => [
  ...(content.trim() === "" ? [] : [{ role: "assistant", content: content.trim() } as const]),
  {
    role: "user",
    content: `Your answer can't be used: ${problem}. Send only the JSON object, with all its fields.`,
  },
];
