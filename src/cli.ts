import { Command, InvalidArgumentError } from "commander";
import { connect, reach, type Sql } from "../db/client/connect.ts";
import { asUnreachable } from "../db/client/explain-error.ts";
import { registerAttach } from "./attach/command.ts";
import { registerBackfill } from "./backfill/command.ts";
import { type Config, readConfig } from "./config.ts";
import { findDatabase } from "./console/database.ts";
import { recogniseLostDatabase } from "./console/lost-database.ts";
import { createOutput, type Output, surviveClosedPipes } from "./console/output.ts";
import { useProxies } from "./console/proxy.ts";
import { reportError } from "./console/report-error.ts";
import { registerEval } from "./eval/command.ts";
import { registerSeller } from "./seller/command.ts";
import { version } from "./version.ts";

/** Builds the command line; each command reads the environment, and loads what it is made of, when it runs. */
function createProgram(out: Output): Command {
  const program = new Command("predraft")
    .description("Reply drafts that are ready before the operator opens the message.")
    .version(version)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "predraft:")) })
    .showHelpAfterError("  → predraft --help lists the commands, predraft COMMAND --help explains one");

  program
    .command("start")
    .description(
      "migrate, then work until Ctrl-C; without DATABASE_URL on a Postgres of its own, with demo data",
    )
    .action(async () => {
      const config = readConfig();
      useProxies(config.proxies);
      const { start } = await import("./commands/start.ts");
      await start(config, await openLog(config, out), out);
    });

  program
    .command("migrate")
    .description("bring the database to this version; safe at any time and from several processes")
    .action(async () => {
      const { directUrl } = findDatabase(readConfig());
      const { migrate } = await import("../db/migrate/migrate.ts");
      const { applied, warnings } = await migrate({ url: directUrl });
      out.line(`the database is at predraft ${version}: tables, and ${applied.length} files of db/sql`);
      for (const warning of warnings) out.line(`note: ${warning}`);
    });

  registerAttach(program, out);

  program
    .command("worker")
    .description("run a worker on a migrated database, beside others if you like")
    .option("--health-port <port>", "serve GET /healthz and /readyz on HTTP_HOST and this port", readPort)
    .action(async (options: { healthPort?: number }) => {
      const config = readConfig();
      useProxies(config.proxies);
      const { runWorker } = await import("./commands/worker.ts");
      await runWorker(config, await openLog(config, out), out, options.healthPort);
    });

  program
    .command("ingest")
    .description("upsert sellers, products, interactions and messages from NDJSON")
    .argument("<file>", "an NDJSON file, or - for standard input")
    .action(async (file: string) => {
      const { runIngest } = await import("./ingest/command.ts");
      process.exitCode = await withClient(readConfig(), (sql) =>
        runIngest({ sql, stdin: process.stdin, stderr: process.stderr, stdout: process.stdout }, file),
      );
    });

  program
    .command("doctor")
    .summary("check everything predraft depends on, and say what to do")
    .description(
      "check everything predraft depends on; each line says ok or what to do. Exit code 0: all is well, 1: a problem, 2: unreachable",
    )
    .option("--json", "print JSON")
    .option("--call", "make one tiny call to the language model (costs a fraction of a cent)")
    .action(async (options: { json?: boolean; call?: boolean }) => {
      const config = readConfig();
      useProxies(config.proxies);
      const { doctor } = await import("./doctor/command.ts");
      process.exitCode = await doctor(config, findDatabase(config), out, {
        json: options.json ?? false,
        call: options.call ?? false,
        width: process.stdout.isTTY ? process.stdout.columns : undefined,
      });
    });

  program
    .command("explain")
    .description("print an interaction, its draft, its jobs, and what a worker would do with it now, and why")
    .argument("<id>", "the interaction's id")
    .action(async (id: string) => {
      const config = readConfig();
      const { explain } = await import("./commands/explain.ts");
      process.exitCode = await withClient(config, (sql) => explain(sql, config, out, id));
    });

  registerBackfill(program, out, withClient);
  registerEval(program, out);
  registerSeller(program, out, withClient);

  return program;
}

const openLog = async ({ logLevel }: Config, out: Output) =>
  (await import("./log.ts")).createLogger(logLevel, out.aside, recogniseLostDatabase());

function readPort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("expected a port from 0 to 65535");
  return port;
}

async function withClient<T>(config: Config, work: (sql: Sql) => Promise<T>): Promise<T> {
  const { url } = findDatabase(config);
  await reach(url);
  const sql = connect(url, { max: 2, applicationName: "predraft command" });
  try {
    return await work(sql);
  } catch (error) {
    throw asUnreachable(error, url);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

surviveClosedPipes([process.stdout, process.stderr]);
const output = createOutput(process.stdout);
try {
  await createProgram(output).parseAsync();
} catch (error) {
  output.end();
  reportError(error);
  process.exitCode = 1;
}
// Said outright: a connection that the driver or a broken runner left behind is not to keep the process alive.
process.exit();
