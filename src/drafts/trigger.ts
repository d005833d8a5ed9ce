/** How a job came to be. `backfill`: a person asked for many; however old, and also in place of what an older prompt made. */
export type Trigger = "pregenerate" | "on_demand" | "force" | "upgrade" | "backfill";
