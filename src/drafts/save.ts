import type { InferInsertModel } from "drizzle-orm";
import type { Sql } from "../../db/client/connect.ts";
import { isRefusal } from "../../db/client/error-codes.ts";
import type { drafts } from "../../db/schema.ts";
import { retry } from "../async/retry.ts";
import type { DraftAnswer } from "../domain/answer.ts";
import type { BilledCall } from "../domain/billed-call.ts";
import type { Warning } from "../guardrails/warning.ts";
import { billOf } from "../llm/cost.ts";
import { ModelError } from "../llm/errors/model-error.ts";
import type { Provider } from "../llm/provider.ts";
import type { DraftContext } from "./context.ts";
import type { FallbackReason } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import type { Trigger } from "./trigger.ts";

/** How writing a draft beside its interaction ended; see `predraft.project_draft`. */
export type Projection = "saved" | "superseded" | "kept" | "unholdable" | "gone" | "locked";

type DraftColumns = Omit<InferInsertModel<typeof drafts, { dbColumnNames: true }>, "id" | "created_at">;

/** One row of the history, before it has an id. */
export type DraftRow = Readonly<
  Omit<DraftColumns, keyof Narrowed> & Narrowed & { fallback_reason?: FallbackReason | null }
>;

/** Columns with fewer values here than in the table; ids are strings, because JSON has no bigint. */
interface Narrowed {
  interaction_id: string;
  seller_id: string;
  source: "llm" | "fallback" | "offline";
  outcome: "unprojected" | "aborted" | "failed";
  trigger: Exclude<Trigger, "backfill">;
  guardrail_warnings?: readonly Warning[];
  seen_marks?: readonly string[] | null;
}

/** The columns that all results for this interaction share. */
export function rowOf(context: DraftContext, trigger: Trigger) {
  return {
    interaction_id: context.interaction.id,
    seller_id: context.interaction.sellerId,
    ...context.identity,
    content_hash: context.interaction.hash,
    trigger: asRecorded(context, trigger),
  } as const;
}

/** The history's trigger: how the draft came about, not its job. A backfill's first draft counts as a pre-generation. */
function asRecorded({ draft }: DraftContext, trigger: Trigger): DraftRow["trigger"] {
  if (trigger === "backfill") return draft === null ? "pregenerate" : "upgrade";
  return trigger;
}

/** The columns of an answer. */
export function answerColumns(answer: DraftAnswer) {
  return {
    text: answer.text,
    intent: answer.intent,
    sentiment: answer.sentiment,
    sla_priority: answer.sla_priority,
    recommendation_reason: answer.recommendation_reason,
    needs_escalation: answer.needs_escalation,
    escalation_reason: answer.escalation_reason,
  };
}

/** What a generation billed, for its row; kept whether or not a draft came of it. */
export interface Paid {
  readonly billed: readonly BilledCall[];
  /** The setting llm_prices. */
  readonly prices: unknown;
  readonly promptVersion: string;
  readonly finishReason?: string | null;
}

/** The columns that name the service and its bill. */
export function callColumns(provider: Provider, paid: Paid) {
  const bill = billOf(paid.billed, provider.model, paid.prices);
  return {
    source: provider.remote ? "llm" : "offline",
    provider: provider.name,
    request_model: provider.model,
    prompt_version: paid.promptVersion,
    response_model: storableName(paid.billed.at(-1)?.responseModel),
    finish_reason: storableName(paid.finishReason),
    input_tokens: bill.inputTokens,
    cached_input_tokens: bill.cachedInputTokens,
    output_tokens: bill.outputTokens,
    cost_usd: bill.costUsd,
  } as const;
}

/** A name from a service, which can be anything, made storable. */
const storableName = (name: string | null | undefined): string | null =>
  typeof name === "string" ? name.replaceAll("\0", "").toWellFormed().slice(0, 200) : null;

/** First step of a save: the result is in the history, whatever happens next. Returns the row's id. */
export async function record(sql: Sql, row: DraftRow): Promise<string> {
  const [recorded] = await sql<{ id: string }[]>`select predraft.record_draft(${sql.json({ ...row })}) as id`;
  return (recorded as { id: string }).id;
}

/**
 * `record` for a paid result: tried until the database answers, because a lost result would be paid for again. A result
 * that the database refuses is not tried again: rejects with `draft_unstorable`.
 */
export async function recordSurely(
  deps: Pick<DraftDeps, "sql" | "log" | "cutOff">,
  row: DraftRow,
): Promise<string> {
  const options = {
    pauseMs: 500,
    worthwhile: (error: unknown) => !isRefusal(error),
    complaint: "a paid result could not be recorded; trying again",
  };
  try {
    return await retry(deps, options, () => record(deps.sql, row));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new ModelError("The model's answer cannot be stored", {
      code: "draft_unstorable",
      cause: error,
    });
  }
}

/** Second step: one statement writes the draft beside the interaction if the content is still the one it was made for. */
export async function project(sql: Sql, draftId: string, provisional: boolean): Promise<Projection> {
  const [row] = await sql<{ outcome: Projection }[]>`
    select predraft.project_draft(${draftId}, ${provisional}) as outcome`;
  return (row as { outcome: Projection }).outcome;
}

/** Tells listeners that a draft was saved without a claim (a fallback, or a restored one). */
export async function announce(sql: Sql, context: DraftContext): Promise<void> {
  const { id, sellerId, hash } = context.interaction;
  const item = { id: jsonKey(id), seller_id: jsonKey(sellerId), hash };
  await sql`select predraft.notify_drafts('saved', ${sql.json([item])})`;
}

/** A key as SQL writes it into JSON: an integer becomes a number if JavaScript reads it exactly. */
const jsonKey = (key: string): string | number => (/^-?[0-9]{1,15}$/.test(key) ? Number(key) : key);

/**
 * Has everything about a deleted interaction removed within a second, because a result can be recorded after the
 * deletion was handled.
 */
export async function forget(sql: Sql, interactionId: string): Promise<void> {
  await sql`select predraft.note_misses(${[interactionId]}, 'deleted')`;
}
