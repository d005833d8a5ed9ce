import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../db/client/connect.ts";
import { reachableBinaries, serverAccount } from "../../src/embedded/account.ts";
import { findBinaries } from "../../src/embedded/binaries.ts";
import { BUILTIN_LOCALE, initCluster } from "../../src/embedded/cluster.ts";
import { freePort, startServer } from "../../src/embedded/server.ts";
import { makeDirectory } from "./directory.ts";

/** A PostgreSQL of one benchmark. */
export interface BenchCluster {
  /** What it runs with, for the output. */
  readonly settings: Readonly<Record<string, string>>;
  /** Creates an empty database and answers with its address. */
  createDatabase(name: string): Promise<string>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** Whatever isn't here is PostgreSQL's default: commits are as durable as in earnest. */
const SETTINGS = { timezone: "UTC", log_timezone: "UTC", max_connections: "100" };

/** What decides how fast a commit and a statement are; read back from the server, not assumed. */
const SHOWN = [
  "server_version",
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "shared_buffers",
  "max_wal_size",
  "jit",
];

/** Starts a new embedded PostgreSQL on the disk of the temporary directory, with durable commits unless told otherwise. */
export async function startBenchCluster(durable: boolean): Promise<BenchCluster> {
  const directory = makeDirectory(tmpdir());
  const data = join(directory, "pg");
  const account = serverAccount(data);
  const cluster = { binaries: reachableBinaries(findBinaries(), account), account, data };
  await initCluster(cluster, { password: "predraft", locale: BUILTIN_LOCALE });
  const port = await freePort([]);
  const server = await startServer(cluster, {
    port,
    log: join(directory, "postgres.log"),
    settings: durable ? SETTINGS : { ...SETTINGS, fsync: "off", full_page_writes: "off" },
  });
  const urlOf = (database: string) => `postgres://postgres:predraft@127.0.0.1:${port}/${database}`;
  const admin = connect(urlOf("postgres"), { max: 1, applicationName: "predraft bench" });
  const shown = await admin<{ name: string; value: string }[]>`
    select n as name, current_setting(n) as value from unnest(${SHOWN}::text[]) n`;
  return {
    settings: Object.fromEntries(shown.map(({ name, value }) => [name, value])),
    async createDatabase(name) {
      await admin`create database ${admin(name)}`;
      return urlOf(name);
    },
    async remove() {
      await admin.end({ timeout: 1 });
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
