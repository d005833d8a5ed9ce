import type { Sql } from "../../db/client.ts";
import { readSettings, type Settings } from "../../db/settings.ts";
import type { Config } from "../config.ts";
import { currentModel } from "../llm/models.ts";
import type { Provider } from "../llm/provider.ts";
import { selectProvider } from "../llm/select.ts";
import type { Logger } from "../log.ts";

export interface LiveSettings {
  readonly settings: () => Settings;
  readonly provider: () => Provider;
  /** Reads everything anew; `onChange` hears of it where something changed. Safe to call at any time. */
  refresh(): Promise<void>;
}

/**
 * Settings and provider as they act now. A provider that cannot be made keeps the last good one; at start it is an error.
 */
export async function liveSettings(
  sql: Sql,
  config: Config["llm"],
  log: Logger,
  onChange: (before: Settings, now: Settings) => void,
): Promise<LiveSettings> {
  let settings = await readSettings(sql);
  let provider = selectProvider(config, settings);
  if (provider.remote) sayRetired(config, settings, log);
  return {
    settings: () => settings,
    provider: () => provider,
    refresh: inTurn(async () => {
      const before = settings;
      settings = await readSettings(sql);
      if (before.llm_provider !== settings.llm_provider || before.llm_model !== settings.llm_model) {
        try {
          provider = selectProvider(config, settings);
          log.info({ provider: provider.name, model: provider.model }, "provider changed");
          if (provider.remote) sayRetired(config, settings, log);
        } catch (error) {
          log.error({ err: error, hint: (error as { hint?: string }).hint }, "the provider stays as it was");
        }
      }
      const refused = await sql<{ key: string; error: string }[]>`
        select key, error from predraft.settings where error is not null and changed_at > now() - interval '5 seconds'`;
      for (const { key, error } of refused)
        log.warn({ key }, `setting not taken: ${error}; the last good value acts`);
      if (JSON.stringify(before) !== JSON.stringify(settings)) onChange(before, settings);
    }),
  };
}

/** One run at a time: of two that overlapped, the older answer could come last. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.catch(() => undefined).then(work);
    return last;
  };
}

/** Once a name: at start, and when it changes. */
function sayRetired(config: Config["llm"], settings: Settings, log: Logger): void {
  const { model, replaced } = currentModel(settings.llm_model ?? config.model ?? "");
  if (replaced !== null)
    log.warn({ named: replaced, model }, "this model is retired: another is asked in its place");
}
