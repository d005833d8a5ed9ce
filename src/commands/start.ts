import { describeAddress } from "../../db/client/address.ts";
import { connect, reach, type Sql } from "../../db/client/connect.ts";
import { resilient } from "../../db/client/resilient.ts";
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
import type { Provider } from "../llm/provider.ts";
import type { Logger } from "../log.ts";
import { version } from "../version.ts";
import { startWorker } from "../worker/worker.ts";
import { readSummary, summaryLine } from "./summary.ts";

/** Migrates, then works until a signal comes; brings its own Postgres and demo data where there is no DATABASE_URL. */
export async function start(config: Config, log: Logger, out: Output): Promise<void> {
  const renewals = new Set<() => void>();
  surviveDriverErrors(log, () => {
    for (const renew of renewals) renew();
  });
  const shutdown = awaitShutdown(); // before Postgres starts: an early Ctrl-C must end it as well
  out.line(`${out.bold("predraft")} ${version}`);
  out.line();
  const embedded = await ownPostgres(config, out);
  try {
    await work(config, log, out, addressOf(config, embedded), embedded?.fresh ?? false, shutdown, renewals);
  } finally {
    await embedded?.stop();
    if (embedded !== undefined)
      out.line("stopped; the database in .predraft/ keeps everything for the next start");
  }
}

async function ownPostgres(config: Config, out: Output): Promise<EmbeddedPostgres | undefined> {
  if (config.databaseUrl !== undefined) return undefined;
  return await startEmbedded({
    directory: embeddedDirectory,
    onNotice: (line) => out.line(out.dim(`  ${line}`)),
  });
}

function addressOf(config: Config, embedded: EmbeddedPostgres | undefined): DatabaseAddress {
  if (embedded === undefined) return fromEnvironment(config.databaseUrl as string, config.directUrl);
  return { url: embedded.url, directUrl: embedded.url, psql: embedded.psql };
}

async function work(
  config: Config,
  log: Logger,
  out: Output,
  address: DatabaseAddress,
  fresh: boolean,
  shutdown: Shutdown,
  renewals: Set<() => void>,
): Promise<void> {
  const { warnings } = (await unlessAsked(shutdown, migrate({ url: address.directUrl }))) ?? { warnings: [] };
  if (shutdown.asked()) return out.line("stopped before it had begun");
  for (const warning of warnings) out.line(`  note       ${warning}`);
  await reach(address.url);
  const database = resilient(() => connect(address.url, { max: 2, applicationName: "predraft start" }));
  const sql = database.patient;
  renewals.add(database.renew);
  try {
    const demo = config.databaseUrl === undefined && (await isEmpty(sql)) ? await loadDemo(sql) : undefined;
    const worker = await unlessAsked(
      shutdown,
      startWorker({ config, log, url: address.url, directUrl: address.directUrl }),
    );
    if (worker === undefined) return out.line("stopped before it had begun");
    renewals.add(worker.renewConnections);
    describe(out, address, worker.provider(), {
      own: config.databaseUrl === undefined,
      fresh,
      demo: demo?.interactions,
    });
    let last = "";
    const show = every(1_000, "summary", log, async (stopping) => {
      const started = performance.now();
      const summary = await readSummary(database.sql);
      const tookMs = performance.now() - started;
      const line = summaryLine(summary, new Date());
      const news = line.slice(8);
      if (news !== last || process.stdout.isTTY) out.live(line);
      last = news;
      // Counting a large table is not to keep a processor busy.
      await waitFor(tookMs * 20, stopping);
    });
    const reason = await Promise.race([shutdown.signal, worker.outdated]);
    await show.stop();
    out.line();
    const why = typeof reason === "string" ? reason : "the database was migrated by another version";
    out.line(`${why}: stopping; calls under way get ${config.shutdownGraceMs / 1_000} s to finish`);
    await worker.stop();
    if (typeof reason !== "string") throw reason;
  } finally {
    await database.end();
  }
}

async function isEmpty(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ empty: boolean }[]>`select not exists (select from public.interactions) as empty`;
  return row?.empty ?? false;
}

interface Surroundings {
  readonly own: boolean;
  readonly fresh: boolean;
  readonly demo: number | undefined;
}

/** What a newcomer reads: where the data is, who writes the drafts, and how to see it. */
function describe(out: Output, address: DatabaseAddress, provider: Provider, around: Surroundings): void {
  const where = around.own
    ? "PostgreSQL 18 of predraft's own, data in .predraft/"
    : `your PostgreSQL at ${describeAddress(address.url)}`;
  out.line(`  database   ${where}`);
  out.line(`  model      ${modelLine(provider)}`);
  if (around.demo !== undefined)
    out.line(`  demo data  ${around.demo} interactions of 3 sellers, loaded once`);
  out.line();
  out.line(
    "Drafts now appear by themselves wherever a row of `interactions` wants one. To look, in another terminal:",
  );
  out.line();
  out.line(`  ${out.bold(address.psql)}`);
  for (const query of [
    "select id, channel, rating, draft_state, left(text, 50) as text from predraft.interactions order by id desc limit 10;",
    "select extra_data->'last_ai_draft'->>'text' as draft from interactions where id = 1;",
    "update interactions set text = 'Пришёл брак, молния сломана' where id = 1;   -- the old draft is gone, a new one follows",
    "select * from predraft.queue;      -- jobs in their order      select * from predraft.health;   -- what is wrong",
  ]) {
    out.line(`    ${out.dim(query)}`);
  }
  out.line();
  out.line(`  ${out.dim("npm run predraft -- explain 1      why interaction 1 has the draft it has")}`);
  out.line(`  ${out.dim("Ctrl-C stops")}`);
  out.line();
}

const modelLine = (provider: Provider): string =>
  provider.remote
    ? `${provider.model} through ${provider.name}; limits and pace are in runtime_settings`
    : "none: no key is set, so rules write the drafts, offline and free (set OPENAI_API_KEY and LLM_MODEL for a model's)";
