import { describeAddress } from "../../db/client/address.ts";
import { requireThisSchema } from "../../db/client/compatibility.ts";
import { connect, type Sql } from "../../db/client/connect.ts";
import { asUnreachable } from "../../db/client/explain-error.ts";
import { findPooler } from "../../db/client/pooler.ts";
import { type ResilientDatabase, resilient } from "../../db/client/resilient.ts";
import type { Settings } from "../../db/client/settings.ts";
import { every } from "../async/every.ts";
import { retry } from "../async/retry.ts";
import type { Config } from "../config.ts";
import { createInFlight } from "../drafts/in-flight.ts";
import { createParkSeller } from "../drafts/park-seller.ts";
import { sweepAfterChange } from "../drafts/sweep.ts";
import type { PredraftError } from "../errors.ts";
import { createBreaker, type GuardedProvider } from "../llm/breaker.ts";
import { type Chain, chainOf } from "../llm/chain.ts";
import type { Provider } from "../llm/provider.ts";
import type { Logger } from "../log.ts";
import { openPrompts } from "../prompt/prompt.ts";
import { createTestRequest } from "../prompt/test-request.ts";
import { examineHealth, type HealthCheck } from "./health.ts";
import { coalesced } from "./listen/draft-events.ts";
import { listen, poll } from "./listen/listener.ts";
import { createReaper } from "./liveness/reaper.ts";
import { createBackpressure, windowMs } from "./runner/backpressure.ts";
import { createSlots } from "./runner/slots.ts";
import { type Supervisor, superviseRunner } from "./runner/supervisor.ts";
import { makesMoreDue } from "./settings/changes.ts";
import { liveSettings } from "./settings/live.ts";
import { type TellDatabase, tellInLog, watchDatabase } from "./upkeep/database-watch.ts";
import { drainMisses } from "./upkeep/drain-misses.ts";
import { createEndedJobs } from "./upkeep/ended-jobs.ts";
import { sayOfflineDrafts } from "./upkeep/offline-drafts.ts";
import { createOutages } from "./upkeep/outages.ts";
import { watchSchema } from "./upkeep/schema-watch.ts";
import { createWaitingFallbacks } from "./upkeep/waiting-fallbacks.ts";

export interface WorkerOptions {
  readonly config: Pick<Config, "llm" | "shutdownGraceMs">;
  readonly url: string;
  readonly directUrl: string;
  readonly log: Logger;
  /** Told when the database goes and when it is back; by default the log. */
  readonly tellDatabase?: TellDatabase;
  /** A provider to use instead of the configured one, for tests and benchmarks. */
  readonly provider?: Provider;
}

export interface Worker {
  /** The provider that the worker asks now. */
  readonly provider: () => GuardedProvider;
  readonly settings: () => Settings;
  /** Resolves when this worker has to end, because another version has migrated the database. */
  readonly outdated: Promise<PredraftError>;
  /** The state of everything that the worker needs, at this moment; never rejects. */
  health(): Promise<readonly HealthCheck[]>;
  /** Replaces all connections, after a defect of the driver that shows outside of any query. */
  renewConnections(): void;
  /** Stops in good order: nothing stays locked, no attempt is spent on what was cut off. */
  stop(): Promise<void>;
}

/**
 * Starts one worker on a migrated database: the runner and its supervisor, the listener, the reaper, the drain of misses and the
 * fallbacks for what waits. Resolves once the worker takes jobs. Throws `database_unreachable`, `schema_newer`, `schema_older`,
 * `schema_missing`, or what the provider lacks.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { config, log, url } = options;
  const { prepare, directUrl } = await findWays(options);
  const database = resilient(() => connect(url, { max: 12, applicationName: "predraft worker", prepare }));
  const { sql } = database;
  try {
    await requireThisSchema(sql);
    // This comes first: what a killed worker held shall be free when this worker is ready.
    const reaper = every(500, "reaper", log, createReaper(sql, log));
    const watch = watchDatabase(sql, options.tellDatabase ?? tellInLog(log));
    const parts = { config, log, url, directUrl, database, sql, reaper, watch };
    return await assemble(parts, options.provider).catch(async (error: unknown) => {
      await reaper.stop();
      throw error;
    });
  } catch (error) {
    await Promise.allSettled([database.end()]);
    throw asUnreachable(error, url);
  }
}

/** Finds out what the two addresses can be used for. Without a direct address the worker polls, and says so. */
async function findWays(
  options: WorkerOptions,
): Promise<{ prepare: boolean; directUrl: string | undefined }> {
  const { url, directUrl, log } = options;
  const direct = await findPooler(directUrl);
  const prepare = url === directUrl ? direct.sessions : (await findPooler(url)).sessions;
  if (direct.sessions && direct.listens) return { prepare, directUrl };
  log.warn(
    `${describeAddress(directUrl)} is a pooler that keeps no sessions: new work is picked up by polling, within 2 s. ` +
      "Set DATABASE_DIRECT_URL to the server's own address for instant pick-up",
  );
  return { prepare, directUrl: undefined };
}

interface Parts {
  readonly config: WorkerOptions["config"];
  readonly log: Logger;
  readonly url: string;
  readonly directUrl: string | undefined;
  readonly database: ResilientDatabase;
  readonly sql: Sql;
  readonly reaper: { stop(): Promise<void> };
  readonly watch: () => Promise<void>;
}

async function assemble(parts: Parts, fixedProvider: Provider | undefined): Promise<Worker> {
  const { config, log, database, sql, directUrl } = parts;
  const inFlight = createInFlight();
  const prompts = await openPrompts();
  let supervisor: Supervisor | undefined;
  const outages = createOutages(sql, database.patient, log);
  const ending = new AbortController();
  const react = (work: () => Promise<void>): void => {
    const complaint = "what a changed setting asks for could not be done; trying again";
    retry({ log, cutOff: ending.signal }, { pauseMs: 500, complaint }, work).catch(() => undefined); // ended meanwhile
  };
  const onChange = (before: Settings, now: Settings): void => {
    if (before.llm_provider !== now.llm_provider) void sayOffline();
    slots.resize(now.ai_draft_concurrency, now.ai_draft_urgent_reserve);
    supervisor?.resized();
    if (makesMoreDue(before, now)) react(() => sweepAfterChange(sql, "settings"));
  };
  const events = { ...outages.events, testRequest: () => createTestRequest(prompts) };
  const live = await liveSettings(sql, config.llm, { log, events, onChange });
  const slots = createSlots(live.settings().ai_draft_concurrency, live.settings().ai_draft_urgent_reserve);
  const fixed = fixedProvider && chainOf([createBreaker(fixedProvider, events)]);
  const chain = (): Chain => fixed ?? live.chain();
  const provider = (): GuardedProvider => chain().current();
  const sayOffline = (): Promise<void> =>
    sayOfflineDrafts(sql, provider(), live.settings(), log).catch((error: unknown) =>
      log.debug({ err: error }, "drafts made by rules not counted"),
    );
  await sayOffline();
  const backpressure = createBackpressure(slots);
  const shared = {
    sql,
    patientSql: database.patient,
    log,
    inFlight,
    parkSeller: createParkSeller(sql),
    settings: live.settings,
    provider,
    prompts,
    onThrottled: backpressure.throttled,
    timeoutMs: config.llm.timeoutMs,
  };
  const schema = watchSchema(sql);
  const refresh = (): void => {
    void live.refresh();
    schema.check().catch(() => undefined); // checked again below
  };
  const greenfield = await hasThreads(sql);
  const drain = () => drainMisses(sql, greenfield, ending.signal);
  const onMisses = coalesced(drain, () => undefined); // tried again each second, below
  const hearing = { sql, log, inFlight, onSettings: refresh, onUrgent: slots.nudge, onMisses };
  const listener = directUrl === undefined ? poll(hearing) : await listen({ ...hearing, directUrl });
  const ended = createEndedJobs(sql);
  // This comes last, because a start that fails after it would leave a runner behind.
  const supervising = superviseRunner({
    shared,
    slots,
    url: parts.url,
    directUrl,
    graceMs: config.shutdownGraceMs,
    onDone: ended.add,
  });
  const running = await supervising.catch(async (error: unknown) => {
    await listener.stop();
    throw error;
  });
  supervisor = running;
  const periodic = [
    parts.reaper,
    every(1_000, "look at the database", log, parts.watch),
    every(1_000, "drain of misses", log, drain),
    every(1_000, "notes of ended jobs", log, ended.flush),
    every(10_000, "look at the schema's version", log, () => schema.check()),
    every(300, "fallbacks for what waits", log, createWaitingFallbacks(shared)),
    every(1_000, "look at outages", log, () => outages.look(chain())),
    every(windowMs, "backpressure", log, async () => backpressure.endWindow()),
    // For settings whose notification was lost, or that could not be read then. Not awaited, because this answer may be lost as well.
    every(2_000, "look at settings", log, async () => void live.refresh()),
    // For urgent work without a notification: due again after a failure, or notified while LISTEN was lost.
    every(2_000, "look for urgent work", log, async () => slots.nudge()),
  ];
  return {
    provider,
    settings: live.settings,
    outdated: schema.outdated,
    health: () => examineHealth({ sql, supervisor: running, listener, chain, unusable: live.unusable }),
    renewConnections: database.renew,
    async stop() {
      ending.abort();
      // All at once, so that nothing else delays the stop while calls have their grace.
      await Promise.all([running.stop(), listener.stop(), ...periodic.map((task) => task.stop())]);
      await database.end();
    },
  };
}

async function hasThreads(sql: Sql): Promise<boolean> {
  const [row] = await sql<
    { there: boolean }[]
  >`select to_regproc('predraft.drain_thread') is not null as there`;
  return row?.there ?? false;
}
