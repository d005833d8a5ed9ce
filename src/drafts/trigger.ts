/** Why a job exists. `backfill`: a person asked for many drafts; of any age, and also to replace those of an older prompt. */
export type Trigger = "pregenerate" | "on_demand" | "force" | "upgrade" | "backfill";
