import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { giveTo, reachableBinaries, serverAccount } from "../../src/embedded/account.ts";
import { type Binaries, findBinaries } from "../../src/embedded/binaries.ts";
import { BUILTIN_LOCALE, initCluster } from "../../src/embedded/cluster.ts";
import { lockHolder, takeLock } from "../../src/embedded/lock.ts";
import { signalServer } from "../../src/embedded/process.ts";
import { freePort, startServer, stopOrphan } from "../../src/embedded/server.ts";
import { makeTemporary, temporaryRoot } from "./temporary.ts";

/** A PostgreSQL for one test run; `url` is its superuser's, database `postgres`. */
export interface ThrowAwayCluster {
  readonly url: string;
  /** Ends the server: `fast` as an administrator does, `immediate` as a crash does. */
  halt(how: "fast" | "immediate"): Promise<void>;
  /** Starts it again, on the same port. */
  resume(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

const PREFIX = "predraft-test-";

/** Nothing here has to survive the machine; everything else behaves as in earnest. */
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "300",
  timezone: "UTC",
  log_timezone: "UTC",
  max_wal_size: "512MB",
};

/**
 * Starts a new cluster in a temporary directory: the embedded PostgreSQL, or the installed one of the given major
 * version under /usr/lib/postgresql, with settings that differ from a test run's, and files for its data directory (a certificate,
 * pg_hba.conf). First removes what killed runs have left there.
 */
export async function startThrowAwayCluster(
  major?: number,
  settings: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<ThrowAwayCluster> {
  const wanted = major === undefined ? findBinaries() : installed(major);
  await removeLeftOvers(temporaryRoot(), wanted);
  const directory = makeTemporary(PREFIX);
  const lock = takeLock(join(directory, "lock"), directory);
  const data = join(directory, "pg");
  const account = serverAccount(data);
  const cluster = { binaries: reachableBinaries(wanted, account), account, data };
  const locale = (major ?? 18) >= 17 ? BUILTIN_LOCALE : ["--locale=C.UTF-8"];
  await initCluster(cluster, { password: "predraft", locale, sync: false });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(data, name), content, { mode: 0o600 });
    giveTo(account, join(data, name));
  }
  const port = await freePort([]);
  const start = () =>
    startServer(cluster, {
      port,
      log: join(directory, "postgres.log"),
      settings: { ...SETTINGS, ...settings },
    });
  let server = await start();
  const removeFiles = () => rmSync(directory, { recursive: true, force: true });
  // For a run that is interrupted: vitest then leaves without its teardown.
  process.once("exit", removeFiles);
  return {
    url: `postgres://postgres:predraft@127.0.0.1:${port}/postgres`,
    async halt(how) {
      signalServer(cluster.binaries, server.pid, how === "fast" ? "SIGINT" : "SIGQUIT");
      await server.ended;
    },
    async resume() {
      server = await start();
    },
    async remove() {
      await server.stop();
      lock.release();
      process.off("exit", removeFiles);
      removeFiles();
    },
  };
}

function installed(major: number): Binaries {
  const root = `/usr/lib/postgresql/${major}`;
  if (!existsSync(join(root, "bin", "initdb")))
    throw new Error(`PREDRAFT_TEST_POSTGRES: no PostgreSQL in ${root}`);
  return { root, bin: join(root, "bin") };
}

async function removeLeftOvers(temporary: string, binaries: Binaries): Promise<void> {
  for (const name of readdirSync(temporary)) {
    const directory = join(temporary, name);
    const lock = join(directory, "lock");
    if (!name.startsWith(PREFIX) || !existsSync(lock) || lockHolder(lock) !== undefined) continue;
    const data = join(directory, "pg");
    try {
      await stopOrphan({ binaries, account: undefined, data });
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}
