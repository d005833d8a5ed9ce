import pLimit from "p-limit";
import type { Sql } from "../../db/client/connect.ts";
import { waitFor } from "../async/wait.ts";
import type { DraftAnswer } from "../domain/answer.ts";
import type { BilledCall } from "../domain/billed-call.ts";
import type { Priority } from "../domain/brief.ts";
import { callModel } from "../drafts/call.ts";
import { createModelRequest } from "../drafts/model-request.ts";
import type { PredraftError } from "../errors.ts";
import type { Warning } from "../guardrails/warning.ts";
import type { Provider } from "../llm/provider.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { FullBrief } from "../prompt/redact.ts";
import { type Labelled, lastWords } from "./labelled-set.ts";

/** What came of modelRequest for one draft. */
export type Asked =
  | {
      readonly kind: "answered";
      readonly item: Labelled;
      readonly answer: DraftAnswer;
      /** What the guardrails find in it. */
      readonly warnings: readonly Warning[];
      readonly billed: readonly BilledCall[];
      /** Of the call that succeeded, without waits. */
      readonly durationMs: number;
    }
  | {
      readonly kind: "failed";
      readonly item: Labelled;
      readonly error: PredraftError;
      readonly billed: readonly BilledCall[];
    }
  /** Stopped before it was its turn, or while it was. */
  | { readonly kind: "unasked"; readonly item: Labelled };

export interface AskOptions {
  readonly provider: Provider;
  readonly prompts: PromptWriter;
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Fires at Ctrl-C: calls under way are cut off, nothing new is begun. */
  readonly stopping: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** Told when a pause begins, in milliseconds, and with 0 when it is over. */
  readonly onPause: (milliseconds: number) => void;
}

/** A call that failed in a way that can pass is made so many times. */
const mostTries = 3;
/** A service that throttles without saying for how long is left alone for so long. */
const throttledPauseMs = 5_000;
/** Told to wait so often, one interaction is given up. */
const mostPauses = 100;

/**
 * Asks for a draft of each, so many at once, in their order. Waits where the service says so, all together; a wrong key ends
 * the whole run by rejecting with `model_misconfigured`. Failures of single calls are part of the result.
 */
export async function askAll(items: readonly Labelled[], options: AskOptions): Promise<Asked[]> {
  const misconfigured = new AbortController();
  const stopping = AbortSignal.any([options.stopping, misconfigured.signal]);
  const limit = pLimit(options.concurrency);
  const pause = createPause(options.onPause);
  let done = 0;
  const asked = await Promise.all(
    items.map((item) =>
      limit(async () => {
        const outcome = await askFor(item, { ...options, stopping }, pause);
        if (outcome.kind === "failed" && outcome.error.code === "model_misconfigured")
          misconfigured.abort(outcome.error);
        if (outcome.kind !== "unasked") options.onProgress(++done);
        return outcome;
      }),
    ),
  );
  if (misconfigured.signal.aborted) throw misconfigured.signal.reason;
  return asked;
}

/** One pause for all calls: whoever is told to wait makes everybody wait. */
function createPause(onPause: (milliseconds: number) => void) {
  let until = 0;
  return {
    prolong(milliseconds: number): void {
      const now = performance.now();
      if (until <= now) onPause(milliseconds);
      until = Math.max(until, now + milliseconds);
    },
    /** Resolves once it is over, or a stop comes. */
    async over(signal: AbortSignal): Promise<void> {
      if (until <= performance.now()) return;
      while (until > performance.now() && !signal.aborted) await waitFor(until - performance.now(), signal);
      onPause(0);
    },
  };
}

async function askFor(
  item: Labelled,
  { provider, prompts, timeoutMs, stopping }: AskOptions,
  pause: ReturnType<typeof createPause>,
): Promise<Asked> {
  const modelRequest = createModelRequest(provider, prompts, item.brief);
  const deps = { timeoutMs, cutOff: stopping };
  const billed: BilledCall[] = [];
  let pauses = 0;
  for (let tries = 1; ; ) {
    await pause.over(stopping);
    if (stopping.aborted) return { kind: "unasked", item };
    const { result, warnings } = modelRequest.readResult(
      await callModel(deps, provider, modelRequest.request, stopping),
    );
    if (result.kind === "completed") {
      const { answer } = result.completion;
      billed.push(...result.completion.billed);
      return { kind: "answered", item, answer, warnings, billed, durationMs: result.durationMs };
    }
    if (result.kind !== "failed") return { kind: "unasked", item };
    const { error } = result;
    billed.push(...error.billed);
    if (error.code === "model_throttled" && ++pauses < mostPauses) {
      pause.prolong(error.retryAfterMs ?? throttledPauseMs);
      continue;
    }
    if (!error.retryable || tries === mostTries) return { kind: "failed", item, error, billed };
    await waitFor(500 * 2 ** tries, stopping);
    tries += 1;
  }
}

/** What the rules of a migrated database say of each: its cues and its priority, as a worker on that database would have them. */
export async function applyRules(sql: Sql, items: readonly Labelled[]): Promise<Labelled[]> {
  const ruled: Labelled[] = [];
  for (const item of items) ruled.push({ ...item, brief: await ruledBrief(sql, item.brief), ruled: true });
  return ruled;
}

async function ruledBrief(sql: Sql, brief: FullBrief): Promise<FullBrief> {
  const words = lastWords(brief);
  const [row] = await sql<{ cues: string[]; priority: Priority }[]>`
    select predraft.cues(${words}) as cues,
      predraft.rule_priority(${brief.channel}, ${brief.rating}::int, ${words}) as priority`;
  return { ...brief, ...(row as { cues: string[]; priority: Priority }) };
}
