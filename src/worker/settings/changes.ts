import type { Settings } from "../../../db/client/settings.ts";

/** Whether interactions may want a job now that they had not, or sooner: a sweep enqueues them, and wakes what a limit had parked. */
export const makesMoreDue = (before: Settings, now: Settings): boolean =>
  loosensLimits(before, now) ||
  (!before.llm_enabled && now.llm_enabled) ||
  (!before.ai_draft_pregenerate_enabled && now.ai_draft_pregenerate_enabled) ||
  (!before.ai_draft_redraft_offline && now.ai_draft_redraft_offline) ||
  before.ai_draft_max_age_days < now.ai_draft_max_age_days ||
  JSON.stringify(before.llm_fallbacks) !== JSON.stringify(now.llm_fallbacks);

/** Whether what was parked may go ahead sooner than it was told. */
const loosensLimits = (before: Settings, now: Settings): boolean =>
  before.ai_draft_daily_limit < now.ai_draft_daily_limit ||
  orNone(before.ai_draft_batch_size) < orNone(now.ai_draft_batch_size) ||
  before.ai_draft_urgent_burst < now.ai_draft_urgent_burst ||
  before.ai_draft_debounce_seconds > now.ai_draft_debounce_seconds ||
  before.llm_provider !== now.llm_provider ||
  before.llm_model !== now.llm_model;

/** A limit of 0 is none. */
const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit);
