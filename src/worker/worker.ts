import { asUnreachable, connect, describeAddress, type Sql } from "../../db/client.ts";
import { requireThisSchema } from "../../db/compatibility.ts";
import { type Guarded, guard } from "../../db/guard.ts";
import { findPooling } from "../../db/pooling.ts";
import type { Settings } from "../../db/settings.ts";
import type { Config } from "../config.ts";
import { createInFlight } from "../drafts/in-flight.ts";
import { createParkSeller, wakeParked } from "../drafts/park-seller.ts";
import { openPrompts } from "../drafts/prompt.ts";
import type { PredraftError } from "../errors.ts";
import type { Provider } from "../llm/provider.ts";
import type { Logger } from "../log.ts";
import { createCover } from "./cover.ts";
import { drainMisses } from "./drain.ts";
import { every } from "./every.ts";
import { listen, poll } from "./listener.ts";
import { liveSettings } from "./live-settings.ts";
import { loosensLimits, makesMoreDue, sweepNow } from "./reactions.ts";
import { createReaper } from "./reaper.ts";
import { watchSchema } from "./schema-watch.ts";
import { createSlots } from "./slots.ts";
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
  /** Resolves when this worker has to end: the database is no longer the one that this predraft works with. */
  readonly outdated: Promise<PredraftError>;
  /** For a defect of the driver that comes to light outside of any query: goes on with new connections. */
  renewConnections(): void;
  /** Stops in good order: nothing stays locked, no attempt is spent on what was cut off. */
  stop(): Promise<void>;
}

/**
 * Starts one worker on a migrated database: the runner and its supervisor, the listener, the reaper, the drain of misses and
 * the cover for what waits. Resolves once jobs are taken. Throws `database_unreachable`, `schema_newer`, `schema_older` or `schema_missing`, or what the provider lacks.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { config, log, url } = options;
  const { prepare, directUrl } = await findWays(options);
  const database = guard(() => connect(url, { max: 12, applicationName: "predraft worker", prepare }));
  const { sql } = database;
  const direct =
    directUrl === undefined
      ? undefined
      : connect(directUrl, { max: 1, applicationName: "predraft listener" });
  try {
    await requireThisSchema(sql);
    return await assemble({ config, log, url, directUrl, database, sql, direct }, options.provider);
  } catch (error) {
    await Promise.allSettled([database.end(), direct?.end({ timeout: 1 })]);
    throw asUnreachable(error, url);
  }
}

/** What the two addresses can be used for; without a direct one the worker polls, and says so. */
async function findWays(
  options: WorkerOptions,
): Promise<{ prepare: boolean; directUrl: string | undefined }> {
  const { url, directUrl, log } = options;
  const direct = await findPooling(directUrl);
  const prepare = url === directUrl ? direct.sessions : (await findPooling(url)).sessions;
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
  readonly database: Guarded;
  readonly sql: Sql;
  readonly direct: Sql | undefined;
}

async function assemble(parts: Parts, fixedProvider: Provider | undefined): Promise<Worker> {
  const { config, log, database, sql, direct } = parts;
  const inFlight = createInFlight();
  const prompts = await openPrompts();
  let supervisor: Supervisor | undefined;
  const live = await liveSettings(sql, config.llm, log, (before, now) => {
    slots.resize(now.ai_draft_concurrency, now.ai_draft_urgent_reserve);
    supervisor?.resized();
    const reactions = [
      ...(loosensLimits(before, now) ? [wakeParked(database.patient, true)] : []),
      ...(makesMoreDue(before, now) ? [sweepNow(sql)] : []),
    ];
    for (const reaction of reactions)
      reaction.catch((error: unknown) =>
        log.warn({ err: error }, "a changed setting acts at the next sweep"),
      );
  });
  const slots = createSlots(live.settings().ai_draft_concurrency, live.settings().ai_draft_urgent_reserve);
  const provider = fixedProvider === undefined ? live.provider : () => fixedProvider;
  const shared = {
    sql,
    patientSql: database.patient,
    log,
    inFlight,
    parkSeller: createParkSeller(sql),
    settings: live.settings,
    provider,
    prompts,
    timeoutMs: config.llm.timeoutMs,
  };
  const schema = watchSchema(sql);
  const refresh = (): void => {
    live.refresh().catch((error: unknown) => log.warn({ err: error }, "settings not read"));
    schema.check().catch(() => undefined); // looked at again below
  };
  const ear = { sql, log, inFlight, onSettings: refresh, onUrgent: slots.hint };
  const greenfield = await hasThreads(sql);
  const listener = direct === undefined ? poll(ear) : await listen({ ...ear, direct });
  // Last: a start that fails after it would leave a runner behind.
  supervisor = await superviseRunner({
    shared,
    slots,
    url: parts.url,
    directUrl: parts.directUrl,
    graceMs: config.shutdownGraceMs,
  });
  const periodic = [
    every(1_000, "drain of misses", log, (stopping) => drainMisses(sql, greenfield, stopping)),
    every(1_000, "reaper", log, createReaper(sql, log)),
    every(10_000, "look at the schema's version", log, () => schema.check()),
    every(300, "cover", log, createCover(shared)),
    // Urgent work that nobody told of: due again after a failure, or told while LISTEN was lost.
    every(2_000, "look for urgent work", log, async () => slots.hint()),
  ];
  return {
    provider,
    settings: live.settings,
    outdated: schema.outdated,
    renewConnections: database.renew,
    async stop() {
      // All at once: while the runner's calls have their grace, nothing else is to hold the stop up.
      await Promise.all([supervisor?.stop(), listener.stop(), ...periodic.map((task) => task.stop())]);
      await Promise.allSettled([database.end(), direct?.end({ timeout: 1 })]);
    },
  };
}

async function hasThreads(sql: Sql): Promise<boolean> {
  const [row] = await sql<
    { there: boolean }[]
  >`select to_regproc('predraft.drain_thread') is not null as there`;
  return row?.there ?? false;
}
