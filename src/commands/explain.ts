import type { Sql } from "../../db/client/connect.ts";
import { readSettings } from "../../db/client/settings.ts";
import type { Config } from "../config.ts";
import type { Output } from "../console/output.ts";
import { circumstances } from "../drafts/circumstances.ts";
import { loadContext } from "../drafts/context.ts";
import { decide, type Verdict } from "../drafts/decide.ts";
import { PredraftError } from "../errors.ts";
import { targetOf } from "../llm/chain.ts";
import { createProvider } from "../llm/create-provider.ts";
import { openPrompts } from "../prompt/prompt.ts";

interface InteractionRow {
  readonly id: string;
  readonly seller_id: string;
  readonly marketplace: string | null;
  readonly channel: string;
  readonly rating: number | null;
  readonly status: string;
  readonly needs_response: boolean;
  readonly priority: string;
  readonly occurred_at: string | null;
  readonly text: string | null;
  readonly last_message_text: string | null;
  readonly draft: Record<string, unknown> | null;
  readonly content_hash: string;
  readonly draft_state: string;
}

interface JobRow {
  readonly job_key: string;
  readonly reason: string;
  readonly position: string;
  readonly not_before: Date | null;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly last_error: string | null;
}

/** Prints one interaction, its draft, its jobs and claim, and the verdict with its reason. Returns the exit code: 1 if there is none. */
export async function explain(sql: Sql, config: Config, out: Output, id: string): Promise<number> {
  if (!(await isKey(sql, id))) {
    throw new PredraftError("That is no interaction id", {
      code: "id_invalid",
      hint: "Give the interaction's id, a whole number or a UUID as the host has it: explain 17",
    });
  }
  const [row] = await sql<InteractionRow[]>`
    select id, seller_id, marketplace, channel, rating, status, needs_response, priority, occurred_at::text, text,
      last_message_text, extra_data -> 'last_ai_draft' as draft, content_hash, draft_state
    from predraft.interactions where id = ${id}`;
  if (row === undefined) {
    out.line(`There is no interaction ${id}.`);
    return 1;
  }
  printInteraction(out, row);
  printDraft(out, row);
  await printJobs(sql, out, row);
  await printVerdict(sql, config, out, row);
  return 0;
}

/** Whether a text is a valid key of this host's interactions. */
async function isKey(sql: Sql, text: string): Promise<boolean> {
  const [row] = await sql<{ type: string }[]>`
    select format_type(a.atttypid, null) as type from pg_attribute a
    where a.attrelid = 'predraft.interactions'::regclass and a.attname = 'id'`;
  if (row?.type === "uuid") return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
  return /^[0-9]{1,19}$/.test(text) && BigInt(text) < (row?.type === "integer" ? 2n ** 31n : 2n ** 63n);
}

const field = (out: Output, name: string, value: unknown): void =>
  out.line(`  ${out.dim(name.padEnd(14))} ${value ?? out.dim("none")}`);

function printInteraction(out: Output, row: InteractionRow): void {
  out.line(out.bold(`Interaction ${row.id}: ${row.draft_state}`));
  const stars = row.rating === null ? "" : `, ${row.rating} of 5 stars`;
  field(
    out,
    "what",
    `${row.channel}${stars}, ${row.marketplace ?? "no marketplace"}, seller ${row.seller_id}`,
  );
  field(out, "priority", row.priority);
  field(out, "occurred", row.occurred_at);
  field(out, "open", row.needs_response && row.status !== "responded" ? "yes" : `no (status ${row.status})`);
  field(out, "text", row.text === null ? null : JSON.stringify(row.text));
  if (row.last_message_text !== null) field(out, "last message", JSON.stringify(row.last_message_text));
  field(out, "content hash", row.content_hash);
}

function printDraft(out: Output, row: InteractionRow): void {
  out.line();
  out.line(out.bold("Draft"));
  if (row.draft === null) return void out.line("  none");
  const { text, source, provisional, fallback_reason, model, content_hash, generated_at } = row.draft;
  const fresh = content_hash === row.content_hash;
  field(out, "text", JSON.stringify(text));
  field(
    out,
    "source",
    `${source}${model ? ` (${model})` : ""}${provisional ? `, provisional: ${fallback_reason ?? "offline"}` : ""}`,
  );
  field(out, "made at", generated_at);
  field(
    out,
    "draft's hash",
    `${content_hash} ${fresh ? out.good("fresh") : out.bad("stale: made for other content")}`,
  );
}

async function printJobs(sql: Sql, out: Output, row: InteractionRow): Promise<void> {
  const jobs = await sql<JobRow[]>`
    select job_key, reason, position, not_before, attempts, max_attempts, last_error
    from predraft.queue where interaction_id = ${row.id} order by position`;
  const [claim] = await sql<{ worker_id: number; claimed_at: Date; again: boolean }[]>`
    select worker_id, claimed_at, again from predraft.draft_claims
    where interaction_id = ${row.id} and content_hash = ${row.content_hash}`;
  out.line();
  out.line(out.bold("Jobs and claim"));
  for (const job of jobs) {
    const when =
      job.not_before === null ? `position ${job.position}` : `not before ${job.not_before.toISOString()}`;
    field(
      out,
      job.job_key,
      `${job.reason}, ${when}, attempt ${job.attempts} of ${job.max_attempts}${job.last_error === null ? "" : `; ${job.last_error}`}`,
    );
  }
  if (jobs.length === 0) field(out, "jobs", null);
  field(
    out,
    "claim",
    claim === undefined
      ? null
      : `worker ${claim.worker_id} since ${claim.claimed_at.toISOString()}${claim.again ? ", others wait for it" : ""}`,
  );
}

async function printVerdict(sql: Sql, config: Config, out: Output, row: InteractionRow): Promise<void> {
  const settings = await readSettings(sql);
  const provider = createProvider(config.llm, settings);
  const context = await loadContext(sql, row.id, { provider, trigger: "pregenerate" });
  const admits = !(await isDown(sql, targetOf(provider)));
  const now = {
    settings: () => settings,
    provider: () => ({ ...provider, admits }),
    prompts: await openPrompts(),
  };
  const verdict = decide(context, circumstances(now, { trigger: "pregenerate" }, false));
  out.line();
  out.line(out.bold("What a worker would do now"));
  field(out, verdict.kind, explanations[`${verdict.kind}:${verdict.reason}`] ?? verdict.reason);
}

/** Whether a worker has last found the provider down. */
async function isDown(sql: Sql, target: string): Promise<boolean> {
  const rows = await sql`select from predraft.gate where provider = ${target} and paused_until > now()`;
  return rows.length > 0;
}

/** The verdicts in words. Limits are charged at the call itself, so a `generate` may still have to wait. */
const explanations: Partial<Record<`${Verdict["kind"]}:${Verdict["reason"]}`, string>> = {
  "skip:closed": "it is answered, or needs no response",
  "skip:answered":
    "the chat's last line is the seller's own; drafted on demand, or when the buyer writes again",
  "skip:unholdable": "its metadata is no JSON object, so a draft has no place there",
  "skip:fresh": "a final draft for exactly this content is there",
  "skip:poison":
    "this content killed its worker each time; a content change or request_draft(id, true) tries again",
  "skip:refused":
    "the model declines to answer this content; a content change, another model or request_draft(id, true) tries again",
  "skip:pregenerate_off": "ai_draft_pregenerate_enabled is off; drafts are made on demand only",
  "skip:seller_off":
    "this seller, or this channel of the seller's, is switched off in predraft.seller_settings",
  "skip:too_old": "older than ai_draft_max_age_days; drafted on demand, or by backfill --since",
  "skip:provisional_kept": "its provisional draft stays until the reason goes away",
  "restore:history": "the history holds a draft for exactly this content: no call is needed",
  "fallback:rating_only": "a rating without text gets its final wording without a model",
  "fallback:llm_off": "llm_enabled is off",
  "fallback:failed": "the attempts are spent",
  "fallback:refused":
    "the model declines to answer this content: write the reply yourself, or try another model or request_draft(id, true)",
  "fallback:provider_down":
    "the model's service is down or refuses us (predraft.health); a model's draft follows when it is back",
  "fallback:daily_limit":
    "the seller has used ai_draft_daily_limit; a model's draft follows on the seller's next day",
  "wait:provider": "the provider asked to be left alone",
  "wait:cycle": "the seller has used ai_draft_batch_size of this 5-minute cycle; it goes on in the next",
  "wait:debounce": "the buyer may still be writing (ai_draft_debounce_seconds)",
  "generate:wanting": "it is open and has no draft for this content; limits and pace decide when",
  "generate:upgrade": "its draft is provisional, to be replaced by a model's",
};
