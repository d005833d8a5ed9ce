import type { Sql } from "../../db/client.ts";
import { readSettings, type Settings } from "../../db/settings.ts";
import type { Config } from "../config.ts";
import type { BreakerEvents } from "../llm/breaker.ts";
import { type Chain, createChains } from "../llm/chain.ts";
import { currentModel } from "../llm/models.ts";
import type { Logger } from "../log.ts";

export interface LiveSettings {
  readonly settings: () => Settings;
  /** Whom to ask, with what is known of each. */
  readonly chain: () => Chain;
  /** Reads everything anew; `onChange` hears of it where something changed. Safe to call at any time. */
  refresh(): Promise<void>;
}

interface LiveSettingsDeps {
  readonly log: Logger;
  /** Hears of providers that are down or up again. */
  readonly events: BreakerEvents;
  readonly onChange: (before: Settings, now: Settings) => void;
}

/**
 * Settings and providers as they act now. A provider that cannot be made keeps the last good ones; at start it is an error. One of
 * llm_fallbacks that cannot be made is left out.
 */
export async function liveSettings(
  sql: Sql,
  config: Config["llm"],
  { log, events, onChange }: LiveSettingsDeps,
): Promise<LiveSettings> {
  const chainFor = createChains(config, events);
  const make = (of: Settings): Chain =>
    chainFor(of, (entry, { code, message, hint }) =>
      log.error({ entry, code, hint }, `not taken from llm_fallbacks: ${message}`),
    );
  let settings = await readSettings(sql);
  let chain = make(settings);
  if (chain.current().remote) sayRetired(config, settings, log);
  return {
    settings: () => settings,
    chain: () => chain,
    refresh: inTurn(async () => {
      const before = settings;
      settings = await readSettings(sql);
      if (namesOthers(before, settings)) {
        try {
          chain = make(settings);
          const { name, model, remote } = chain.breakers[0].provider;
          log.info({ provider: name, model, fallbacks: chain.breakers.length - 1 }, "provider changed");
          if (remote) sayRetired(config, settings, log);
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

/** Whether other providers are to be asked now. */
const namesOthers = (before: Settings, now: Settings): boolean =>
  before.llm_provider !== now.llm_provider ||
  before.llm_model !== now.llm_model ||
  JSON.stringify(before.llm_fallbacks) !== JSON.stringify(now.llm_fallbacks);

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
