import type { RightsOf } from "../../../helpers/rights.ts";

/** Functions that read nothing of their own and change nothing: views call them with the reader's rights. */
const pure = [
  ..."are_models are_prices as_jsonb can_hold content_hash cue_expand cue_head cue_negations cue_plain cue_regex cue_text".split(
    " ",
  ),
  ..."call_kind cue_words cues cycle_of document_text document_value draft_document draft_number effective_priority".split(
    " ",
  ),
  ..."ends_with excerpt flat_attributes is_grave is_last_word is_trouble job_run_at json_key keeps_draft keeps_draft_parsed only_thanks priority_rank".split(
    " ",
  ),
  ..."rule_priority scalar_text setting_specs settle_draft text_has_topic".split(" "),
  ..."shown_word tone_of trigrams backfill_kind due_at job_rank".split(" "),
];

const owned = (name: string): string =>
  `${name}: delete, insert, references, select, trigger, truncate, update`;
const ownedSequence = (name: string): string => `${name}: select, update, usage`;

/** The queue that predraft made is predraft_worker's, of which predraft_owner is a member. */
const queue = [
  ...[
    "_private_job_queues",
    "_private_jobs",
    "_private_known_crontabs",
    "_private_tasks",
    "jobs",
    "migrations",
  ].map((name) => owned(`graphile_worker.${name}`)),
  ...["job_queues_id_seq", "jobs_id_seq1", "tasks_id_seq"].map((name) =>
    ownedSequence(`graphile_worker.${name}`),
  ),
];

/**
 * Every right on an attached host's database, by role. Change it only knowingly: a new function or table of ours belongs to
 * predraft_owner alone until db/migrate/roles/rights.ts lists it for another role.
 */
export const everyRight: Readonly<Record<"predraft_worker" | "predraft_reader" | "public", RightsOf>> = {
  predraft_worker: {
    schemas: ["graphile_worker: create, usage", "predraft: usage", "public: usage"],
    functions: [
      ...pure,
      ..."backfill clean_drafts clean_usage end_pause forget_jobs enqueue_backfill enqueue_upgrades park_seller prolong_pause wake_parked".split(
        " ",
      ),
      ..."absent_workers dead_jobs draft_context drain_misses enqueue_ids is_outdated jobs keep_worker note_misses overtaken reap_strays".split(
        " ",
      ),
      ..."notify_drafts park_draft pause_provider project_draft readings reap_worker record_draft register_worker".split(
        " ",
      ),
      ..."release_call request_draft reserve_call return_draft setting".split(" "),
      ..."sync_settings trigger_problem unknown_settings unserved job_state waiting_for_job waiting_jobs".split(
        " ",
      ),
    ],
    relations: [
      ...queue,
      ..."coverage draft_claims enqueue_misses health host interactions queue schema_version settings"
        .split(" ")
        .map((name) => `predraft.${name}: select`),
      "predraft.gate: select, update (paused_until)",
      "predraft.workers: select, update (pool_id, beat_at)",
    ],
  },
  predraft_reader: {
    schemas: ["predraft: usage", "public: usage"],
    functions: [
      ...pure,
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
    relations: [
      ..."coverage draft_claims enqueue_misses gate health product_facts queue schema_version seller_parks seller_settings seller_usage settings spend_daily workers"
        .split(" ")
        .map((name) => `predraft.${name}: select`),
      "predraft.drafts: select (id, interaction_id, seller_id, content_hash, intent, sentiment, sla_priority, source, fallback_reason, " +
        "provider, request_model, response_model, prompt_version, input_tokens, cached_input_tokens, output_tokens, cost_usd, " +
        "duration_ms, finish_reason, error_code, trigger, outcome, created_at)",
      "predraft.interactions: select (id, seller_id, marketplace, channel, nm_id, product_article, rating, status, priority, " +
        "needs_response, occurred_at, last_message_at, content_hash, draft_state)",
    ],
  },
  public: { schemas: ["public: usage"], functions: [], relations: [] },
};

/** predraft_owner owns schema predraft and uses the queue; this is all it may do with the host's own tables. */
export const ownersHostRights = ["interactions: select, update (metadata)", "runtime_settings: select"];
