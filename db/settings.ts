import { z } from "zod";
import type { Sql } from "./client.ts";

const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const number = z.coerce.number();
const json = z.string().transform((text) => JSON.parse(text) as unknown);

const settings = z.object({
  ai_draft_pregenerate_enabled: flag,
  ai_draft_batch_size: number,
  ai_draft_urgent_burst: number,
  ai_draft_delay_seconds: number,
  ai_draft_daily_limit: number,
  ai_draft_concurrency: number,
  ai_draft_urgent_reserve: number,
  ai_draft_global_concurrency: number,
  ai_draft_debounce_seconds: number,
  ai_draft_max_age_days: number,
  ai_draft_priority_source: z.enum(["host", "higher_of_both"]),
  ai_draft_retention_days: number,
  llm_enabled: flag,
  llm_provider: z.string().nullable(),
  llm_model: z.string().nullable(),
  llm_fallbacks: json.pipe(z.array(z.string()).catch([])),
  llm_prices: json,
});

/** Settings as they act: what `runtime_settings` says where it parses, else the last good value, else the default. */
export type Settings = z.infer<typeof settings>;

/** Reads all settings in one query. SQL has validated them (db/sql/020_settings.sql holds keys, bounds and defaults). */
export async function readSettings(sql: Sql): Promise<Settings> {
  const rows = await sql<{ key: string; value: string | null }[]>`
    select d.key, predraft.setting(d.key) as value from predraft.setting_specs() d`;
  return settings.parse(Object.fromEntries(rows.map((row) => [row.key, row.value])));
}
