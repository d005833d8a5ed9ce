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

/** The result of asking for one draft. */
export type Asked =
  | {
      readonly kind: "answered";
      readonly item: Labelled;
      readonly answer: DraftAnswer;
      /** What the guardrails found in the draft. */
      readonly warnings: readonly Warning[];
      readonly billed: readonly BilledCall[];
      /** Duration of the call that succeeded, without waits. */
      readonly durationMs: number;
    }
  | {
      readonly kind: "failed";
      readonly item: Labelled;
      readonly error: PredraftError;
      readonly billed: readonly BilledCall[];
    }
  /** The run was stopped before or during this call. */
  | { readonly kind: "unasked"; readonly item: Labelled };

export interface AskOptions {
  readonly provider: Provider;
  readonly prompts: PromptWriter;
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Fires at Ctrl-C: calls under way are cut off, and no new call begins. */
  readonly stopping: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** Called with the milliseconds of a pause when it begins, and with 0 when it is over. */
  readonly onPause: (milliseconds: number) => void;
}

/** How often a call is tried if its failure can pass. */
const mostTries = 3;
/** How long no call is made if a service throttles without saying for how long. */
const throttledPauseMs = 5_000;
/** An interaction is given up after being told to wait so often. */
const mostPauses = 100;

/**
 * Asks for a draft of each interaction, in order, so many at once. If the service says to wait, all calls wait. A wrong key ends the whole
 * run: it rejects with `model_misconfigured`. Failures of single calls are part of the result.
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

/** One pause for all calls: if one call is told to wait, all calls wait. */
function createPause(onPause: (milliseconds: number) => void) {
  let until = 0;
  return {
    prolong(milliseconds: number): void {
      const now = performance.now();
      if (until <= now) onPause(milliseconds);
      until = Math.max(until, now + milliseconds);
    },
    /** Resolves once the pause is over, or at a stop. */
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

/** The cues and the priority of each interaction by the rules of a migrated database, as a worker on that database would have them. */
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
