import type { Sql } from "../../../db/client/connect.ts";
import { lookAtSettings, type Refused, readSettings, type Settings } from "../../../db/client/settings.ts";
import type { Config } from "../../config.ts";
import { PredraftError } from "../../errors.ts";
import type { BreakerEvents } from "../../llm/breaker.ts";
import { type Chain, createChains } from "../../llm/chain.ts";
import { currentModel } from "../../llm/models.ts";
import type { Logger } from "../../log.ts";

export interface LiveSettings {
  readonly settings: () => Settings;
  /** Whom to ask, with what is known of each. */
  readonly chain: () => Chain;
  /** Why the provider that the settings name is not the one that is asked; null where it is. */
  readonly unusable: () => PredraftError | null;
  /**
   * Reads everything anew; `onChange` hears of it where something changed. To be called at any time, and once more later on: what
   * could not be read is logged, once for each series of failures, and is no error.
   */
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
  let unusable: PredraftError | null = null;
  if (chain.current().remote) sayRetired(config, settings, log);
  const sayRefused = createRefusals(log);

  const take = (now: Settings): void => {
    const before = settings;
    settings = now;
    if (namesOthers(before, now)) {
      try {
        chain = make(now);
        unusable = null;
        const { name, model, remote } = chain.breakers[0].provider;
        log.info({ provider: name, model, fallbacks: chain.breakers.length - 1 }, "provider changed");
        if (remote) sayRetired(config, now, log);
      } catch (error) {
        unusable = asUnusable(error);
        log.error({ err: error, hint: unusable.hint }, "the provider stays as it was");
      }
    }
    if (JSON.stringify(before) !== JSON.stringify(now)) onChange(before, now);
  };

  const look = newestOnly(
    () => lookAtSettings(sql),
    (reading) => {
      sayRefused(reading.refused);
      take(reading.settings);
    },
  );
  let open = 0;
  let unread = false;
  return {
    settings: () => settings,
    chain: () => chain,
    unusable: () => unusable,
    async refresh() {
      if (open >= mostOpen) return; // and looked at later on
      open += 1;
      try {
        await look();
        unread = false;
      } catch (error) {
        if (!unread) log.warn({ err: error }, "settings not read; they will be looked at again");
        unread = true;
      } finally {
        open -= 1;
      }
    },
  };
}

/** So many reads may be under way: where none is answered, the connections are for others. */
const mostOpen = 3;

/**
 * Answers act in the order in which they were asked for: one that comes after a later one's is old, and dropped, an error
 * as well. Nobody waits for anybody's, since an answer can be lost with its connection.
 */
function newestOnly<T>(ask: () => Promise<T>, act: (answer: T) => void): () => Promise<void> {
  let asked = 0;
  let acted = 0;
  return async () => {
    asked += 1;
    const turn = asked;
    try {
      const answer = await ask();
      if (turn < acted) return;
      acted = turn;
      act(answer);
    } catch (error) {
      if (turn >= acted) throw error;
    }
  };
}

/** Says once that a value was refused, and again where there was a good one in between. */
function createRefusals(log: Logger): (refused: readonly Refused[]) => void {
  let said = new Map<string, string>();
  return (refused) => {
    for (const { key, error, since } of refused)
      if (said.get(key) !== since) log.warn({ key }, `setting not taken: ${error}; the last good value acts`);
    said = new Map(refused.map(({ key, since }) => [key, since]));
  };
}

/** Whether other providers are to be asked now. */
const namesOthers = (before: Settings, now: Settings): boolean =>
  before.llm_provider !== now.llm_provider ||
  before.llm_model !== now.llm_model ||
  JSON.stringify(before.llm_fallbacks) !== JSON.stringify(now.llm_fallbacks);

/** What an SDK throws of its own accord is told, too. */
const asUnusable = (error: unknown): PredraftError =>
  error instanceof PredraftError
    ? error
    : new PredraftError("The provider cannot be made of what the environment says", {
        code: "provider_unconfigured",
        hint: "Check its key and LLM_BASE_URL; the log has the error's type and where it arose.",
        cause: error,
      });

/** Once a name: at start, and when it changes. */
function sayRetired(config: Config["llm"], settings: Settings, log: Logger): void {
  const { model, replaced } = currentModel(settings.llm_model ?? config.model ?? "");
  if (replaced !== null)
    log.warn({ named: replaced, model }, "this model is retired: another is asked in its place");
}
