import { asUnreachable, connect, type Sql } from "../../db/client.ts";
import { refuseNewer } from "../../db/migrate.ts";
import type { Settings } from "../../db/settings.ts";
import type { Config } from "../config.ts";
import { createInFlight } from "../drafts/in-flight.ts";
import { PredraftError } from "../errors.ts";
import type { Provider } from "../llm/provider.ts";
import type { Logger } from "../log.ts";
import { createCover } from "./cover.ts";
import { drainMisses } from "./drain.ts";
import { every } from "./every.ts";
import { listen } from "./listener.ts";
import { liveSettings } from "./live-settings.ts";
import { createReaper } from "./reaper.ts";
import { type Supervisor, superviseRunner } from "./supervisor.ts";

export interface WorkerOptions {
  readonly config: Pick<Config, "llm" | "shutdownGraceMs">;
  readonly url: string;
  readonly directUrl: string;
  readonly log: Logger;
  /** Instead of the configured provider; for tests and benchmarks. */
  readonly provider?: Provider;
}

export interface Worker {
  readonly provider: () => Provider;
  readonly settings: () => Settings;
  /** Stops in good order: nothing stays locked, no attempt is spent on what was cut off. */
  stop(): Promise<void>;
}

/**
 * Starts one worker on a migrated database: the runner and its supervisor, the listener, the reaper, the drain of misses and
 * the cover for what waits. Resolves once jobs are taken. Throws `database_unreachable`, `schema_missing`, `schema_newer`, or what
 * the provider lacks.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { config, log, url, directUrl } = options;
  const sql = connect(url, { max: 12, applicationName: "predraft worker" });
  const direct = connect(directUrl, { max: 1, applicationName: "predraft listener" });
  try {
    await refuseUnmigrated(sql);
    await refuseNewer(sql);
    return await assemble({ config, log, url, directUrl, sql, direct }, options.provider);
  } catch (error) {
    await Promise.allSettled([sql.end({ timeout: 1 }), direct.end({ timeout: 1 })]);
    throw asUnreachable(error, url);
  }
}

async function refuseUnmigrated(sql: Sql): Promise<void> {
  const [row] = await sql<
    { there: boolean }[]
  >`select to_regclass('predraft.schema_version') is not null as there`;
  if (row?.there) return;
  throw new PredraftError("The database is not migrated", {
    code: "schema_missing",
    hint: "Run `predraft migrate` on it, or `predraft start`, which does so itself.",
  });
}

interface Parts {
  readonly config: WorkerOptions["config"];
  readonly log: Logger;
  readonly url: string;
  readonly directUrl: string;
  readonly sql: Sql;
  readonly direct: Sql;
}

async function assemble(parts: Parts, fixedProvider: Provider | undefined): Promise<Worker> {
  const { config, log, sql, direct } = parts;
  const inFlight = createInFlight();
  let supervisor: Supervisor | undefined;
  const live = await liveSettings(sql, config.llm, log, (before, now) => {
    if (before.ai_draft_concurrency !== now.ai_draft_concurrency) supervisor?.renew();
    else if (changesWhatIsDue(before, now)) void sweepNow(sql).catch(() => undefined);
  });
  const provider = fixedProvider === undefined ? live.provider : () => fixedProvider;
  const shared = { sql, log, inFlight, settings: live.settings, provider, timeoutMs: config.llm.timeoutMs };
  const refresh = (): void => {
    live.refresh().catch((error: unknown) => log.warn({ err: error }, "settings not read"));
  };
  const greenfield = await hasThreads(sql);
  const listener = await listen({ direct, sql, log, inFlight, onSettings: refresh });
  // Last: a start that fails after it would leave a runner behind.
  supervisor = await superviseRunner({
    shared,
    url: parts.url,
    directUrl: parts.directUrl,
    graceMs: config.shutdownGraceMs,
  });
  const periodic = [
    every(1_000, "drain of misses", log, (stopping) => drainMisses(sql, greenfield, stopping)),
    every(1_000, "reaper", log, createReaper(sql, log)),
    every(300, "cover", log, createCover(shared)),
  ];
  return {
    provider,
    settings: live.settings,
    async stop() {
      // All at once: while the runner's calls have their grace, nothing else is to hold the stop up.
      await Promise.all([supervisor?.stop(), listener.stop(), ...periodic.map((task) => task.stop())]);
      await Promise.allSettled([sql.end({ timeout: 5 }), direct.end({ timeout: 1 })]);
    },
  };
}

const changesWhatIsDue = (before: Settings, now: Settings): boolean =>
  (!before.llm_enabled && now.llm_enabled) ||
  (!before.ai_draft_pregenerate_enabled && now.ai_draft_pregenerate_enabled) ||
  before.ai_draft_daily_limit < now.ai_draft_daily_limit ||
  before.ai_draft_max_age_days < now.ai_draft_max_age_days ||
  before.llm_provider !== now.llm_provider;

const sweepNow = (sql: Sql) =>
  sql`select from graphile_worker.add_job('sweep_drafts', job_key := 'sweep_drafts:settings', max_attempts := 3)`;

async function hasThreads(sql: Sql): Promise<boolean> {
  const [row] = await sql<
    { there: boolean }[]
  >`select to_regproc('predraft.drain_thread') is not null as there`;
  return row?.there ?? false;
}
