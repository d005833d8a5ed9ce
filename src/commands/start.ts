import { resolve } from "node:path";
import { connect, reach, type Sql } from "../../db/client/connect.ts";
import { type ResilientDatabase, resilient } from "../../db/client/resilient.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import { every } from "../async/every.ts";
import { waitFor } from "../async/wait.ts";
import type { Config } from "../config.ts";
import { type DatabaseAddress, embeddedDirectory, fromEnvironment } from "../console/database.ts";
import { surviveDriverErrors } from "../console/driver-errors.ts";
import type { Output } from "../console/output.ts";
import { awaitShutdown, type Shutdown, unlessAsked } from "../console/shutdown.ts";
import { type EmbeddedPostgres, startEmbedded } from "../embedded/embedded.ts";
import { loadDemo } from "../ingest/demo.ts";
import type { Logger } from "../log.ts";
import { version } from "../version.ts";
import { startWorker } from "../worker/worker.ts";
import { describeStart } from "./banner.ts";
import { readSummary, summaryLine } from "./summary.ts";

/** Migrates, then works until a signal comes; brings its own Postgres and demo data if DATABASE_URL is not set. */
export async function start(config: Config, log: Logger, out: Output): Promise<void> {
  const renewals = new Set<() => void>();
  surviveDriverErrors(log, () => {
    for (const renew of renewals) renew();
  });
  const shutdown = awaitShutdown(); // before Postgres starts: an early Ctrl-C must end Postgres as well
  out.line(`${out.bold("predraft")} ${version}`);
  out.line();
  const embedded = await ownPostgres(config, out, shutdown);
  let hasBegun = false;
  try {
    if (!shutdown.asked()) hasBegun = await work({ config, log, out, shutdown, renewals }, embedded);
  } finally {
    await embedded?.stop();
  }
  if (!hasBegun) out.line("stopped before it had begun");
  else if (embedded === undefined) out.line("stopped");
  else out.line(`stopped; the database in ${resolve(embeddedDirectory)} keeps everything for the next start`);
}

/** Undefined if DATABASE_URL names a database, or if a stop was asked for: Ctrl-C reaches the programs that make the database, too. */
async function ownPostgres(
  config: Config,
  out: Output,
  shutdown: Shutdown,
): Promise<EmbeddedPostgres | undefined> {
  if (config.databaseUrl !== undefined) return undefined;
  try {
    return await startEmbedded({
      directory: embeddedDirectory,
      onNotice: (line) => out.line(out.dim(`  ${line}`)),
    });
  } catch (error) {
    if (shutdown.asked()) return undefined;
    throw error;
  }
}

function addressOf(config: Config, embedded: EmbeddedPostgres | undefined): DatabaseAddress {
  if (embedded === undefined) return fromEnvironment(config.databaseUrl as string, config.directUrl);
  return { url: embedded.url, directUrl: embedded.url, psql: embedded.psql };
}

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly out: Output;
  readonly shutdown: Shutdown;
  /** What makes new connections after a defect of the driver. */
  readonly renewals: Set<() => void>;
}

/** Resolves when the worker has stopped; false if it had not started by then. */
async function work(parts: Parts, embedded: EmbeddedPostgres | undefined): Promise<boolean> {
  const { config, log, out, shutdown, renewals } = parts;
  const address = addressOf(config, embedded);
  const { warnings } = (await unlessAsked(shutdown, migrate({ url: address.directUrl }))) ?? { warnings: [] };
  if (shutdown.asked()) return false;
  for (const warning of warnings) out.line(`  note       ${warning}`);
  await reach(address.url);
  const database = resilient(() => connect(address.url, { max: 2, applicationName: "predraft start" }));
  const sql = database.patient;
  renewals.add(database.renew);
  try {
    const own = embedded !== undefined;
    const demo = own && (await isEmpty(sql)) ? await loadDemo(sql) : undefined;
    const worker = await unlessAsked(
      shutdown,
      startWorker({
        config,
        log,
        url: address.url,
        directUrl: address.directUrl,
        // Our own server's end and return are told by whoever starts it again.
        tellDatabase: (line) => (own ? log.debug(line) : out.line(out.dim(`  ${line}`))),
      }),
    );
    if (worker === undefined) return false;
    renewals.add(worker.renewConnections);
    await describeStart(out, sql, address, worker.provider(), { own, demo: demo?.interactions });
    const show = showSummary(parts, database);
    const reason = await Promise.race([shutdown.signal, worker.outdated]);
    await show.stop();
    out.line();
    const why = typeof reason === "string" ? reason : "the database was migrated by another version";
    out.line(`${why}: stopping; calls under way get ${config.shutdownGraceMs / 1_000} s to finish`);
    await worker.stop();
    if (typeof reason !== "string") throw reason;
    return true;
  } finally {
    await database.end();
  }
}

/** Keeps one line that says how far drafting is; where the output is no terminal, a line at each change. */
function showSummary({ log, out }: Parts, database: ResilientDatabase): { stop(): Promise<void> } {
  let last = "";
  return every(1_000, "summary", log, async (stopping) => {
    const started = performance.now();
    const summary = await readSummary(database.sql);
    const tookMs = performance.now() - started;
    const line = summaryLine(summary, new Date());
    const news = line.slice(8);
    if (news !== last || process.stdout.isTTY) out.live(line);
    last = news;
    // Counting a large table must not keep a processor busy.
    await waitFor(tookMs * 20, stopping);
  });
}

async function isEmpty(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ empty: boolean }[]>`select not exists (select from public.interactions) as empty`;
  return row?.empty ?? false;
}
