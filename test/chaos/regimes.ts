import { setTimeout as delay } from "node:timers/promises";
import { withClient } from "./client.ts";
import { type Diary, tally } from "./diary.ts";
import type { Profile } from "./profile.ts";
import { type Dice, dice } from "./random.ts";

/** Nothing is limited: what the settings are unless a profile says otherwise, and what they are at the end. */
export const unlimited: Readonly<Record<string, string>> = {
  ai_draft_pregenerate_enabled: "true",
  ai_draft_batch_size: "0",
  ai_draft_urgent_burst: "3",
  ai_draft_delay_seconds: "0",
  ai_draft_daily_limit: "1000000",
  ai_draft_concurrency: "8",
  ai_draft_urgent_reserve: "1",
  ai_draft_global_concurrency: "0",
  ai_draft_debounce_seconds: "0",
  llm_enabled: "true",
};

/** A change of settings that acts for a while, and is then taken back. */
export type Regime =
  | "paced"
  | "global"
  | "cycle"
  | "daily"
  | "narrow"
  | "wide"
  | "silent"
  | "idle"
  | "bouncing"
  | "nonsense";

const values: Record<Regime, (draw: Dice) => Record<string, string>> = {
  paced: (draw) => ({ ai_draft_delay_seconds: String(draw.one([0.02, 0.04, 0.08])) }),
  global: (draw) => ({ ai_draft_global_concurrency: String(draw.between(3, 12)) }),
  cycle: (draw) => ({ ai_draft_batch_size: String(draw.between(30, 120)) }),
  daily: (draw) => ({ ai_draft_daily_limit: String(draw.between(100, 500)) }),
  narrow: () => ({ ai_draft_concurrency: "2", ai_draft_urgent_reserve: "0" }),
  wide: () => ({ ai_draft_concurrency: "14", ai_draft_urgent_reserve: "3" }),
  silent: () => ({ llm_enabled: "off" }),
  idle: () => ({ ai_draft_pregenerate_enabled: "no" }),
  bouncing: () => ({ ai_draft_debounce_seconds: "1.5" }),
  nonsense: () => ({ ai_draft_daily_limit: "banana", ai_draft_concurrency: "-1" }),
};

/** Writes settings, and notes when they act: from before they are sent on they may, from after that they should. */
export async function writeSettings(
  url: string,
  diary: Diary,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Object.entries(settings).map(([key, value]) => ({ key, value }));
  for (;;) {
    try {
      await withClient(
        url,
        "admin",
        (sql) => sql`
          insert into public.runtime_settings ${sql(rows)} on conflict (key) do update set value = excluded.value`,
      );
      break;
    } catch {
      await delay(200); // the adversary's doing: what is asked here is no question of whether ingest succeeds
    }
  }
  diary.changes.push({ at: Date.now(), settings });
}

/** One regime after another until told to stop; then the profile's own settings. */
export async function reign(
  url: string,
  diary: Diary,
  profile: Profile,
  seed: number,
  stopping: AbortSignal,
): Promise<void> {
  const names = Object.keys(profile.regimes);
  const draw = dice(seed, "regimes");
  while (names.length > 0 && !stopping.aborted) {
    const name = draw.weighted(profile.regimes as Record<Regime, number>);
    const settings = values[name](draw);
    tally(diary, `settings: ${name}`);
    await writeSettings(url, diary, settings);
    await delay(draw.between(...profile.regimeMs), undefined, { signal: stopping }).catch(() => undefined);
    const back = Object.keys(settings).map((key) => [key, profile.settings[key] ?? unlimited[key]]);
    await writeSettings(url, diary, Object.fromEntries(back));
    await delay(draw.between(500, 3_000), undefined, { signal: stopping }).catch(() => undefined);
  }
}
