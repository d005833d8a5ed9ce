import type { Job, Task } from "graphile-worker";
import { z } from "zod";
import { isDatabaseFault } from "../db/client/error-codes.ts";
import { retry } from "../src/async/retry.ts";
import type { DraftDeps } from "../src/drafts/deps.ts";
import { giveBack, type JobRun } from "../src/drafts/park.ts";
import { runJob } from "../src/drafts/run-job.ts";
import { PredraftError } from "../src/errors.ts";

const payload = z.object({
  interactionId: z
    .union([z.int().nonnegative(), z.string().regex(/^[0-9]{1,19}$/), z.guid()])
    .transform(String),
  // 0.1.0 had a job kind of its own for poison; now the history records poison.
  trigger: z.preprocess(
    (kind) => (kind === "poison" ? undefined : kind),
    z.enum(["pregenerate", "on_demand", "force", "upgrade", "backfill"]).default("pregenerate"),
  ),
});

/**
 * Makes, restores or keeps the draft of one interaction. It reads everything anew, so running it once too often is harmless. Fails with
 * `payload_invalid`, or with the model's error if another attempt shall follow. The error that graphile-worker stores holds no buyer
 * text.
 */
export function createGenerateDraft(deps: DraftDeps): Task {
  return async (rawPayload, { job }) => {
    const started = performance.now();
    const run = readRun(rawPayload, job);
    try {
      const outcome = await runJob(deps, run);
      deps.log.debug(
        { interactionId: run.interactionId, outcome, ms: Math.round(performance.now() - started) },
        "draft job done",
      );
    } catch (error) {
      if (!isDatabaseFault(error)) throw presentable(error);
      await giveBackOnceBack(deps, run);
    }
  };
}

/** Runs instead of the task if no slot is free for the job: puts the job back to its place in the queue. */
export function createGiveBackDraft(deps: DraftDeps): Task {
  return async (rawPayload, { job }) => await giveBackOnceBack(deps, readRun(rawPayload, job));
}

function readRun(rawPayload: unknown, job: Job): JobRun {
  const parsed = payload.safeParse(withExactId(rawPayload, job.key));
  if (!parsed.success) {
    throw new PredraftError(
      `generate_draft: the payload's ${parsed.error.issues[0]?.path.join(".") || "shape"} is not right`,
      {
        code: "payload_invalid",
        hint: 'Expected {"interactionId": <id>}; add jobs with predraft.request_draft(id, force).',
      },
    );
  }
  return { ...parsed.data, attemptsLeft: Math.max(job.max_attempts - job.attempts, 0) };
}

/** An error of the database is not the row's fault, so it spends no attempt. */
async function giveBackOnceBack(deps: DraftDeps, run: JobRun): Promise<void> {
  const options = { pauseMs: 1_000, worthwhile: isDatabaseFault };
  try {
    await retry(deps, options, () => giveBack(deps, run));
  } catch (error) {
    throw presentable(error);
  }
}

/** JSON numbers are exact only up to 2^53, but a job's key holds the id as text. */
function withExactId(rawPayload: unknown, jobKey: string | null): unknown {
  const id = (rawPayload as { interactionId?: unknown } | null)?.interactionId;
  const exact = /^(?:draft|later):([0-9]+)/.exec(jobKey ?? "")?.[1];
  return typeof id === "number" && !Number.isSafeInteger(id) && exact !== undefined
    ? { ...(rawPayload as object), interactionId: exact }
    : rawPayload;
}

/** graphile-worker stores an error's message beside the job, and a driver's message could quote a buyer. */
function presentable(error: unknown): PredraftError {
  if (error instanceof PredraftError) return error;
  const code = String((error as { code?: unknown }).code ?? "unknown");
  return new PredraftError(`generate_draft failed (${code})`, {
    code: "draft_failed",
    retryable: true,
    cause: error,
  });
}
