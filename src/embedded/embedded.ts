import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../db/client/connect.ts";
import { PredraftError } from "../errors.ts";
import type { Cluster } from "./cluster.ts";
import * as home from "./directory.ts";
import { lockHolder, takeLock } from "./lock.ts";
import { freePort, type Server, startServer, stopOrphan } from "./server.ts";

/** A PostgreSQL of our own, running. */
export interface EmbeddedPostgres extends home.EmbeddedAddress {
  /** Whether the cluster was created by this start. */
  readonly fresh: boolean;
  /** Shuts it down and resolves when it has ended. To be called last, after everything that uses it. Repeatable. */
  stop(): Promise<void>;
  /** For the last moment of a process: tells it to shut down, and does not wait. */
  killSync(): void;
}

export interface EmbeddedOptions {
  /** Created if absent; holds data, log, password, port and lock. */
  readonly directory: string;
  /** One line for the user about something worth knowing: a first start, a left-over server, a crash. */
  onNotice?(line: string): void;
}

/**
 * Settings of each start, on the command line so that they hold for clusters of earlier versions too.
 * `log_min_messages = log` ranks above `error` there: messages of failed statements can hold buyer text.
 */
const SETTINGS = {
  max_connections: "100",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "log",
  log_min_error_statement: "panic",
};

const START_ATTEMPTS = 20;

/** A server that dies younger than this is not started again: something is wrong that a restart won't cure. */
const CRASH_LOOP_MS = 10_000;

/**
 * Starts PostgreSQL with its data in `directory/pg`, creating it on the first call, and resolves when the database
 * `predraft` can be used. Survives a killed predecessor: a server it left is stopped, a half-made cluster made anew.
 * A server that dies on its own is started again, on the same port.
 *
 * However this process ends, short of SIGKILL, the server ends too: an `exit` listener sees to it if `stop` was not
 * called. Signals are the caller's: Node runs no `exit` listener for a SIGINT or SIGTERM that nobody handles, so
 * install handlers *before* calling this, stop everything else first, then `stop()`; on a second signal `process.exit`.
 *
 * Throws PredraftError: `embedded_unavailable`, `embedded_in_use`, `embedded_directory`, `embedded_init_failed`,
 * `embedded_start_failed`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const notice = (line: string) => options.onNotice?.(line);
  const directory = home.openDirectory(options.directory);
  const lock = home.inDirectory(directory, () => takeLock(join(directory, "lock"), directory));
  process.once("exit", lock.release);
  const unlock = () => {
    process.off("exit", lock.release);
    lock.release();
  };
  try {
    const cluster = home.inDirectory(directory, () => home.locateCluster(directory, notice));
    if (await stopOrphan(cluster)) notice("stopped a PostgreSQL that an earlier, killed run had left");
    const fresh = await home.prepareCluster(cluster, directory, notice);
    const first = await start(cluster, directory, () => freePort(home.preferredPorts(directory)));
    const server = keepRunning(cluster, directory, first, notice);
    try {
      home.rememberPort(directory, first.port);
      const address = await createDatabase(directory);
      return { ...address, fresh, stop: () => server.stop().finally(unlock), killSync: server.killSync };
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The address of the embedded PostgreSQL that a live predraft runs in this directory; undefined if none does. */
export function findEmbedded(directory: string): (home.EmbeddedAddress & { pid: number }) | undefined {
  const pid = lockHolder(join(directory, "lock"));
  const address = pid === undefined ? undefined : home.readAddress(directory);
  return address && pid !== undefined ? { ...address, pid } : undefined;
}

/** Between finding a port free and binding it another process may take it; a killed server's parts end by and by. */
async function start(cluster: Cluster, directory: string, port: () => Promise<number>): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      const options = { port: await port(), log: join(directory, "postgres.log"), settings: SETTINGS };
      return await startServer(cluster, options);
    } catch (error) {
      if (!(error instanceof PredraftError) || !error.retryable || attempt === START_ATTEMPTS) throw error;
      await delay(100);
    }
  }
}

/** Starts the server again when it ends without being told to: out of memory, an administrator's kill. */
function keepRunning(
  cluster: Cluster,
  directory: string,
  first: Server,
  notice: (line: string) => void,
): Pick<Server, "stop" | "killSync"> {
  let server = first;
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();
  const watch = (since: number) => {
    server.ended.then(() => {
      if (stopping) return;
      const log = join(directory, "postgres.log");
      if (performance.now() - since < CRASH_LOOP_MS)
        return notice(`PostgreSQL ended at once, again; see ${log}`);
      notice(`PostgreSQL ended unexpectedly, starting it again; see ${log}.previous`);
      restarting = restart();
    });
  };
  const restart = async () => {
    const since = performance.now();
    try {
      server = await start(cluster, directory, async () => server.port);
      notice("PostgreSQL runs again");
      watch(since);
    } catch (error) {
      notice(error instanceof Error ? error.message : String(error));
    }
  };
  watch(Number.NEGATIVE_INFINITY);
  const stop = async () => {
    stopping = true;
    await restarting;
    await server.stop();
  };
  return { stop, killSync: () => server.killSync() };
}

/** Creates the database `predraft` unless it is there: a run may have been killed between initdb and here. */
async function createDatabase(directory: string): Promise<home.EmbeddedAddress> {
  const address = home.inDirectory(directory, () => home.readAddress(directory));
  if (!address)
    throw new PredraftError(`${directory} lost its port or password`, { code: "embedded_directory" });
  const sql = connect(address.url, { database: "postgres", max: 1 });
  try {
    const [found] = await sql`select from pg_catalog.pg_database where datname = 'predraft'`;
    if (!found) await sql`create database predraft`;
    return address;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PredraftError(`the embedded PostgreSQL refuses us: ${reason}`, {
      code: "embedded_start_failed",
      cause,
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}
