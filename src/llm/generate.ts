import type { BilledCall } from "../domain/billed-call.ts";
import { parseAnswer } from "./answer/parse-answer.ts";
import { ModelError } from "./errors/model-error.ts";
import { refusedError } from "./errors/service-error.ts";
import type { Completion, GenerateRequest } from "./provider.ts";

/** One line of the talk with a model. */
export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** What is sent with one call. */
export interface ChatRequest {
  readonly system: string;
  readonly turns: readonly Turn[];
  /** Whose draft it is; leaves the process as a hash at most. */
  readonly sellerId: string;
}

/** What a service sent back for one call. */
export interface Reply {
  /** Empty if there was nothing to read. */
  readonly content: string;
  readonly finishReason: string | null;
  /** Whether the model declines to answer, and says so in a field for that. */
  readonly declined: boolean;
  readonly billed: BilledCall;
}

/** One call over some service's wire. Rejects with a `ModelError`, code `model_*`. */
export type SendChat = (chat: ChatRequest, signal: AbortSignal) => Promise<Reply>;

/**
 * One generation: a call, and one repair call if the answer can't be read or fails the request's check. If neither answer can be read,
 * it rejects with `model_invalid_answer`; if the service declines to answer, with `model_refused`. An answer that could be read is kept,
 * whatever became of its repair. Whatever it rejects with carries the calls that were billed before.
 */
export async function generateBy(
  send: SendChat,
  { brief, prompt, check }: GenerateRequest,
  signal: AbortSignal,
): Promise<Completion> {
  const question: Turn = { role: "user", content: prompt.user };
  const chat = { system: prompt.system, sellerId: brief.sellerId };
  const first = await send({ ...chat, turns: [question] }, signal);
  const reading = parseAnswer(first.content);
  if (!reading.usable) throwIfDeclined(first, [first.billed]);
  const problem = reading.usable ? (check?.(reading.answer) ?? null) : problemOf(first, reading.problem);
  const kept = reading.usable ? completed(first, reading.answer, [first.billed]) : null;
  if (kept !== null && problem === null) return kept;

  const repair = repairOf(first.content, problem ?? "");
  const second = await send({ ...chat, turns: [question, ...repair] }, signal).catch((error: unknown) => {
    if (kept === null || isCutShort(signal))
      throw error instanceof ModelError ? error.after([first.billed]) : error;
    return { ...kept, billed: [first.billed, ...(error instanceof ModelError ? error.billed : [])] };
  });
  if ("answer" in second) return second;
  const billed = [first.billed, second.billed];
  const repaired = parseAnswer(second.content);
  if (repaired.usable) return completed(second, repaired.answer, billed);
  if (kept !== null) return { ...kept, billed };
  throwIfDeclined(second, billed);
  throw new ModelError(`The model's answer is not usable: ${problemOf(second, repaired.problem)}`, {
    code: "model_invalid_answer",
    retryable: true,
    billed,
  });
}

/** What services call it if a filter, not the model, has ended an answer. */
const filtered = /filter|safety|refus|prohibit|blocklist|recitation|sensitive|moderation|spii/i;
/** What they call it if they had no room for it, or broke down over it. */
const gaveUp = /insufficient_system_resource|^error$|overload/i;

/** A second call would not change that the service won't, or can't, answer. */
function throwIfDeclined({ declined, finishReason }: Reply, billed: readonly BilledCall[]): void {
  const reason = finishReason ?? "";
  if (declined || filtered.test(reason)) throw refusedError(declined ? "refusal" : reason).after(billed);
  if (gaveUp.test(reason))
    throw new ModelError("The model's service broke off its answer", {
      code: "model_unavailable",
      retryable: true,
      billed,
    });
}

const problemOf = ({ finishReason }: Reply, problem: string): string =>
  /^(length|max_tokens)$/i.test(finishReason ?? "")
    ? `${problem}, since it was cut off at its greatest length: it has to be shorter`
    : problem;

/** Whether a call was ended for another reason than time, so that nobody waits for its answer any more. */
const isCutShort = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && !(reason instanceof DOMException && reason.name === "TimeoutError");

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

/** A service takes no turn without words, so an empty answer is left out. */
const repairOf = (content: string, problem: string): Turn[] => [
  ...(content.trim() === "" ? [] : [{ role: "assistant", content: content.trim() } as const]),
  {
    role: "user",
    content: `Your answer can't be used: ${problem}. Send only the JSON object, with all its fields.`,
  },
];
