import { z } from "zod";
import type { Sql } from "./connect.ts";

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
  ai_draft_redraft_offline: flag,
  llm_enabled: flag,
  llm_provider: z.string().nullable(),
  llm_model: z.string().nullable(),
  llm_fallbacks: json.pipe(z.array(z.string()).catch([])),
  llm_prices: json,
});

/** Settings as they act: what `runtime_settings` says if it parses, or else the last good value, or else the default. */
export type Settings = z.infer<typeof settings>;

/** A value that was not taken: what was expected in its place, and since when the value stands there. */
export interface Refused {
  readonly key: string;
  readonly error: string;
  readonly since: string;
}

/** All settings at one instant. */
export interface SettingsReading {
  readonly settings: Settings;
  readonly refused: readonly Refused[];
}

/** Reads all settings in one query. SQL has validated them (db/sql/020_settings.sql holds keys, bounds and defaults). */
export const readSettings = async (sql: Sql): Promise<Settings> => (await lookAtSettings(sql)).settings;

/** The same, with what was refused. */
export async function lookAtSettings(sql: Sql): Promise<SettingsReading> {
  const rows = await sql<{ key: string; value: string | null; error: string | null; since: string }[]>`
    select d.key, predraft.setting(d.key) as value, s.error, s.changed_at::text as since
    from predraft.setting_specs() d left join predraft.settings s using (key)`;
  return {
    settings: settings.parse(Object.fromEntries(rows.map((row) => [row.key, row.value]))),
    refused: rows.flatMap(({ key, error, since }) => (error === null ? [] : [{ key, error, since }])),
  };
}
