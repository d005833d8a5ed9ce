import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  numeric,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  unique,
} from "drizzle-orm/pg-core";

const predraft = pgSchema("predraft");

const id = <Name extends string>(name: Name) => bigint(name, { mode: "bigint" }).generatedAlwaysAsIdentity();
const key = <Name extends string>(name: Name) => bigint(name, { mode: "bigint" });
const instant = <Name extends string>(name: Name) => timestamp(name, { withTimezone: true });
const clock = sql`clock_timestamp()`;

/** Append-only history: one row a result, whether it reached the interaction or not. */
export const drafts = predraft.table(
  "drafts",
  {
    id: id("id").primaryKey(),
    interactionId: key("interaction_id").notNull(),
    sellerId: key("seller_id"),
    /** The host's own id of the interaction, as it was when this was made: ids are used again. null: not known. */
    externalId: text("external_id"),
    contentHash: text("content_hash").notNull(),
    /** The host's thread of a chat whose messages are watched, and the marks of it (`thread_marks`) that this draft has seen. */
    thread: text("thread"),
    seenMarks: bigint("seen_marks", { mode: "bigint" }).array(),
    text: text("text"),
    intent: text("intent"),
    sentiment: text("sentiment"),
    slaPriority: text("sla_priority"),
    recommendationReason: text("recommendation_reason"),
    /** Harm, counterfeit, threats, legal claims, personal data in a chat: an operator should read it with care. */
    needsEscalation: boolean("needs_escalation"),
    escalationReason: text("escalation_reason"),
    source: text("source").notNull(),
    fallbackReason: text("fallback_reason"),
    guardrailWarnings: jsonb("guardrail_warnings").notNull().default([]),
    provider: text("provider"),
    requestModel: text("request_model"),
    responseModel: text("response_model"),
    promptVersion: text("prompt_version"),
    inputTokens: integer("input_tokens"),
    cachedInputTokens: integer("cached_input_tokens"),
    outputTokens: integer("output_tokens"),
    costUsd: numeric("cost_usd", { precision: 12, scale: 8 }),
    durationMs: integer("duration_ms"),
    finishReason: text("finish_reason"),
    errorCode: text("error_code"),
    trigger: text("trigger"),
    outcome: text("outcome").notNull(),
    createdAt: instant("created_at").notNull().default(clock),
  },
  (t) => [
    index("drafts_version_idx").on(t.interactionId, t.contentHash),
    index("drafts_created_at_idx").on(t.createdAt),
    index("drafts_thread_idx").on(t.thread).where(sql`thread is not null`),
    check("drafts_source_known", sql`${t.source} in ('llm', 'fallback', 'offline', 'host')`),
    check(
      "drafts_fallback_reason_known",
      sql`${t.fallbackReason} in ('llm_off', 'daily_limit', 'waiting', 'provider_down', 'refused', 'failed', 'poison')`,
    ),
    check("drafts_trigger_known", sql`${t.trigger} in ('pregenerate', 'on_demand', 'force', 'upgrade')`),
    check(
      "drafts_outcome_known",
      sql`${t.outcome} in ('saved', 'superseded', 'aborted', 'failed', 'unprojected')`,
    ),
    check("drafts_sla_priority_known", sql`${t.slaPriority} in ('urgent', 'high', 'normal', 'low')`),
    check("drafts_text_where_saved", sql`${t.text} is not null or ${t.outcome} in ('aborted', 'failed')`),
  ],
);

/** Live leases: at most one process at a time generates one content version. */
export const draftClaims = predraft.table(
  "draft_claims",
  {
    claimId: id("claim_id").primaryKey(),
    interactionId: key("interaction_id").notNull(),
    contentHash: text("content_hash").notNull(),
    workerId: integer("worker_id").notNull(),
    sellerId: key("seller_id").notNull(),
    provider: text("provider").notNull(),
    paid: boolean("paid").notNull(),
    /** Start of the day that was charged; null where none was. */
    day: instant("day"),
    /** Start of the 5-minute cycle that was charged; null where none was. */
    cycle: instant("cycle"),
    /** Whether the cycle's urgent share was charged instead of its ordinary one. */
    urgent: boolean("urgent").notNull().default(false),
    /** Another job was refused because of this claim: who drops it without a draft enqueues anew. */
    again: boolean("again").notNull().default(false),
    claimedAt: instant("claimed_at").notNull().default(clock),
  },
  (t) => [
    unique("draft_claims_version_key").on(t.interactionId, t.contentHash),
    index("draft_claims_worker_idx").on(t.workerId),
  ],
);

/** Calls counted by seller and window: the day of the seller's time zone, and the 5-minute cycle. */
export const sellerUsage = predraft.table(
  "seller_usage",
  {
    sellerId: key("seller_id").notNull(),
    win: text("win").notNull(),
    winStart: instant("win_start").notNull(),
    calls: integer("calls").notNull().default(0),
    urgent: integer("urgent").notNull().default(0),
  },
  (t) => [
    primaryKey({ name: "seller_usage_pkey", columns: [t.sellerId, t.win, t.winStart] }),
    check("seller_usage_win_known", sql`${t.win} in ('day', 'cycle')`),
    check("seller_usage_not_negative", sql`${t.calls} >= 0 and ${t.urgent} >= 0`),
  ],
);

/** Sellers at a limit: until when their ordinary work waits. Written by workers, read by triggers, so that a flood of new rows is parked at birth. */
export const sellerParks = predraft.table("seller_parks", {
  sellerId: key("seller_id").primaryKey(),
  until: instant("until").notNull(),
});

/** One row a provider: when its last paced call started, and until when the provider asked to be left alone. */
export const gate = predraft.table("gate", {
  provider: text("provider").primaryKey(),
  lastStartAt: instant("last_start_at").notNull().default(sql`'-infinity'`),
  pausedUntil: instant("paused_until"),
  pausedReason: text("paused_reason"),
  /** When the pause began that is under way, whatever it was prolonged by. */
  pausedSince: instant("paused_since"),
});

/** Chats whose buyer may still be typing, with the time of the latest line. Written by triggers if ai_draft_debounce_seconds is set. */
export const debounces = predraft.table("debounces", {
  interactionId: key("interaction_id").primaryKey(),
  writtenAt: instant("written_at").notNull().default(sql`clock_timestamp()`),
});

/** A seller's voice and switches. Where a part of the voice is null, the host's acts, else the default; an empty text means none. */
export const sellerSettings = predraft.table(
  "seller_settings",
  {
    sellerId: key("seller_id").primaryKey(),
    tone: text("tone"),
    signature: text("signature"),
    ownRules: text("own_rules"),
    timeZone: text("time_zone").notNull().default("Europe/Moscow"),
    enabled: boolean("enabled").notNull().default(true),
    reviewEnabled: boolean("review_enabled").notNull().default(true),
    questionEnabled: boolean("question_enabled").notNull().default(true),
    chatEnabled: boolean("chat_enabled").notNull().default(true),
    updatedAt: instant("updated_at").notNull().default(clock),
  },
  (t) => [check("seller_settings_tone_known", sql`${t.tone} in ('formal', 'neutral', 'friendly')`)],
);

/** What may be said about a product: nothing that is not here. */
export const productFacts = predraft.table(
  "product_facts",
  {
    sellerId: key("seller_id").notNull(),
    nmId: key("nm_id").notNull(),
    name: text("name"),
    attributes: jsonb("attributes").notNull().default({}),
  },
  (t) => [primaryKey({ name: "product_facts_pkey", columns: [t.sellerId, t.nmId] })],
);

/** Worker processes that are or were alive; each holds an advisory lock while it lives, or sends heartbeats. */
export const workers = predraft.table(
  "workers",
  {
    workerId: integer("worker_id").primaryKey().generatedAlwaysAsIdentity(),
    /** graphile-worker's id of this process's pool, as jobs are locked by it. */
    poolId: text("pool_id"),
    host: text("host").notNull(),
    pid: integer("pid").notNull(),
    version: text("version").notNull(),
    startedAt: instant("started_at").notNull().default(clock),
    /** Last sign of life of a worker that a pooler keeps from holding its lock; null where the lock says it. */
    beatAt: instant("beat_at"),
  },
  (t) => [unique("workers_pool_id_key").on(t.poolId)],
);

/** What a trigger could not do inside the host's statement; the worker drains it each second. */
export const enqueueMisses = predraft.table(
  "enqueue_misses",
  {
    id: id("id").primaryKey(),
    interactionId: key("interaction_id").notNull(),
    reason: text("reason").notNull(),
    at: instant("at").notNull().default(clock),
  },
  // For predraft.same_life, which must not read all that a mass deletion has left here.
  (t) => [index("enqueue_misses_truncated_idx").on(t.at).where(sql`reason = 'truncated'`)],
);

/**
 * Whose a job is: nothing indexes graphile-worker's jobs by interaction or seller. Written with each job; removed a moment after it
 * ended, so a row may outlive its job, and readers look each job up by its key.
 */
export const jobOwners = predraft.table(
  "job_owners",
  {
    interactionId: key("interaction_id").notNull(),
    jobKey: text("job_key").notNull(),
    sellerId: key("seller_id").notNull(),
  },
  (t) => [
    primaryKey({ name: "job_owners_pkey", columns: [t.interactionId, t.jobKey] }),
    index("job_owners_seller_idx").on(t.sellerId),
  ],
);

/** When the content of an interaction changed, and from what: a text that a host began before that is for the old content. Kept for an hour. */
export const contentChanges = predraft.table(
  "content_changes",
  {
    interactionId: key("interaction_id").notNull(),
    oldHash: text("old_hash").notNull(),
    at: instant("at").notNull().default(clock),
  },
  (t) => [index("content_changes_interaction_idx").on(t.interactionId, t.at)],
);

/** Threads of a watched host in which a buyer has written: until a draft has seen the line, the one that stands is outdated. */
export const threadMarks = predraft.table(
  "thread_marks",
  {
    id: id("id").primaryKey(),
    thread: text("thread").notNull(),
    at: instant("at").notNull().default(clock),
    /** Whether a worker has enqueued its interaction. */
    enqueued: boolean("enqueued").notNull().default(false),
  },
  (t) => [
    index("thread_marks_thread_idx").on(t.thread),
    index("thread_marks_waiting_idx").on(t.id).where(sql`not enqueued`),
  ],
);

/** Settings as they act: the last value of each key in `runtime_settings` that parsed. */
export const settings = predraft.table("settings", {
  key: text("key").primaryKey(),
  /** Canonical text of the value; null where only the default acts. */
  value: text("value"),
  /** Why the newest value was not taken; null where it was. */
  error: text("error"),
  changedAt: instant("changed_at").notNull().default(clock),
});

/** Which table of the host predraft is attached to, and what its columns are called (db/host/mapping.ts). */
export const host = predraft.table(
  "host",
  {
    singleton: boolean("singleton").primaryKey().default(true),
    mapping: jsonb("mapping").notNull(),
    updatedAt: instant("updated_at").notNull().default(clock),
  },
  (t) => [check("host_one_row", sql`${t.singleton}`)],
);

/** What db/sql created last under a name: a view is replaced only where its definition differs. */
export const objects = predraft.table("objects", {
  name: text("name").primaryKey(),
  stamp: text("stamp").notNull(),
});

/** The version of db/sql that was applied last: an older predraft refuses to run on a newer one. */
export const schemaVersion = predraft.table(
  "schema_version",
  {
    singleton: boolean("singleton").primaryKey().default(true),
    version: integer("version").notNull(),
    appliedBy: text("applied_by").notNull(),
    appliedAt: instant("applied_at").notNull().default(clock),
  },
  (t) => [check("schema_version_one_row", sql`${t.singleton}`)],
);
