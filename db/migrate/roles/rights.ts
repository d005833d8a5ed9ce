/** The role that owns predraft's schema: its functions run with these rights, whoever calls them. Nobody logs in as it. */
export const ownerRole = "predraft_owner";
/** What a worker's login role is a member of. */
export const workerRole = "predraft_worker";
/** What people and dashboards are members of. */
export const readerRole = "predraft_reader";

export const roles = [ownerRole, workerRole, readerRole] as const;

/** What one role may do in schema predraft, beside the pure functions, which read nothing of their own. */
export interface Rights {
  /** Functions by name, every signature of them. */
  readonly functions: readonly string[];
  /** Relations by name; with columns only where not all of them. */
  readonly relations: Readonly<
    Record<string, Partial<Record<"select" | "update", "all" | readonly string[]>>>
  >;
}

/** A worker calls functions; it reads what they don't answer, and the host only through predraft.interactions. */
export const workerRights: Rights = {
  functions: [
    "absent_workers",
    "backfill",
    "clean_drafts",
    "clean_usage",
    "dead_jobs",
    "draft_context",
    "drain_misses",
    "end_pause",
    "forget_jobs",
    "enqueue_backfill",
    "enqueue_ids",
    "enqueue_upgrades",
    "is_outdated",
    "jobs",
    "keep_worker",
    "note_misses",
    "notify_drafts",
    "overtaken",
    "park_draft",
    "park_seller",
    "pause_provider",
    "project_draft",
    "readings",
    "prolong_pause",
    "reap_strays",
    "reap_worker",
    "record_draft",
    "register_worker",
    "release_call",
    "request_draft",
    "reserve_call",
    "return_draft",
    "setting",
    "sync_settings",
    "trigger_problem",
    "unknown_settings",
    "unserved",
    "job_state",
    "waiting_for_job",
    "waiting_jobs",
    "wake_parked",
  ],
  relations: {
    interactions: { select: "all" },
    queue: { select: "all" },
    coverage: { select: "all" },
    health: { select: "all" },
    settings: { select: "all" },
    gate: { select: "all", update: ["paused_until"] }, // the latter for its row lock
    draft_claims: { select: "all" },
    enqueue_misses: { select: "all" },
    workers: { select: "all", update: ["pool_id", "beat_at"] },
    host: { select: "all" },
    schema_version: { select: "all" },
  },
};

/** People and dashboards see numbers and states: no buyer's words or name, no draft, and nothing that writes. */
export const readerRights: Rights = {
  functions: [
    "absent_workers",
    "dead_jobs",
    "is_outdated",
    "jobs",
    "readings",
    "setting",
    "trigger_problem",
    "unknown_settings",
    "job_state",
    "waiting_for_job",
  ],
  relations: {
    interactions: {
      select: [
        "id",
        "seller_id",
        "marketplace",
        "channel",
        "nm_id",
        "product_article",
        "rating",
        "status",
        "priority",
        "needs_response",
        "occurred_at",
        "last_message_at",
        "content_hash",
        "draft_state",
      ],
    },
    drafts: {
      select: [
        "id",
        "interaction_id",
        "seller_id",
        "content_hash",
        "intent",
        "sentiment",
        "sla_priority",
        "source",
        "fallback_reason",
        "provider",
        "request_model",
        "response_model",
        "prompt_version",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "cost_usd",
        "duration_ms",
        "finish_reason",
        "error_code",
        "trigger",
        "outcome",
        "created_at",
      ],
    },
    queue: { select: "all" },
    coverage: { select: "all" },
    health: { select: "all" },
    slo: { select: "all" },
    spend_daily: { select: "all" },
    settings: { select: "all" },
    gate: { select: "all" },
    draft_claims: { select: "all" },
    enqueue_misses: { select: "all" },
    seller_usage: { select: "all" },
    seller_settings: { select: "all" },
    seller_parks: { select: "all" },
    product_facts: { select: "all" },
    workers: { select: "all" },
    schema_version: { select: "all" },
  },
};
