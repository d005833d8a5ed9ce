import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { PredraftError } from "../errors.ts";
import { program } from "./binaries.ts";
import { type Cluster, hintFor, lastLines, makeExecutable, SERVER_ENVIRONMENT } from "./cluster.ts";
import { isTaken, serves, signalServer, within } from "./process.ts";

/** A running PostgreSQL. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Fast shutdown; harsher after 15 s. Resolves when it has ended. May be called more than once. */
  stop(): Promise<void>;
  /** Tells it to shut down and does not wait: PostgreSQL finishes alone, after this process has gone. */
  killSync(): void;
}

/** How long a server may take until it accepts connections: crash recovery included. Milliseconds. */
const START_TIMEOUT = 120_000;
const STOP_PATIENCE = [
  ["SIGINT", 15_000],
  ["SIGQUIT", 5_000],
  ["SIGKILL", 5_000],
] as const;

/**
 * Starts the cluster on 127.0.0.1 and resolves when it accepts connections. Its output goes to the file `log`,
 * not through a pipe, so that it keeps working when this process dies. From the moment it is spawned, the end of this
 * process also ends it.
 * Throws `embedded_start_failed` with PostgreSQL's last lines; retryable if the port was taken, or if parts of a
 * killed server are still about to end.
 */
export async function startServer(
  cluster: Cluster,
  options: { port: number; log: string; settings: Readonly<Record<string, string>> },
): Promise<Server> {
  const { data } = cluster;
  if (existsSync(options.log)) renameSync(options.log, `${options.log}.previous`);
  const child = spawnServer(cluster, options);
  const server = supervise(cluster, child, options.port);
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  const settled = await within(
    START_TIMEOUT,
    () => failure !== undefined || !running(child) || isReady(data, server.pid),
  );
  if (settled && failure === undefined && running(child)) return server;
  await server.stop();
  const output = existsSync(options.log) ? readFileSync(options.log, "utf8") : "";
  const hint = hintFor(output);
  throw new PredraftError(`PostgreSQL did not start: ${lastLines(output) || failure?.message}`, {
    code: "embedded_start_failed",
    retryable: /could not create any TCP\/IP sockets|pre-existing shared memory block/.test(output),
    cause: failure,
    ...(hint && { hint }),
  });
}

/**
 * Ends a server that a killed run left behind on this data directory, and clears its lock. True if there was one.
 * Adopting it instead would keep settings and a port that we did not choose, and a process whose end we cannot see.
 */
export async function stopOrphan({ binaries, data }: Cluster): Promise<boolean> {
  const pid = Number(pidFile(data)[0]);
  if (!pid || !isTaken(pid)) return false; // PostgreSQL itself sees that such a lock is stale.
  if (!serves(pid, data)) {
    // A zombie (containers without an init keep them), or an id that was given anew: PostgreSQL takes either for a
    // running server and refuses to start. Should parts of the old one live on, it finds their shared memory.
    rmSync(join(data, "postmaster.pid"), { force: true });
    return false;
  }
  for (const [signal, patience] of STOP_PATIENCE) {
    signalServer(binaries, pid, signal);
    if (await within(patience, () => !serves(pid, data))) return true;
  }
  throw new PredraftError(`a PostgreSQL of an earlier run (process ${pid}) does not stop`, {
    code: "embedded_start_failed",
    hint: `end process ${pid} and start again`,
  });
}

function spawnServer(
  { binaries, account, data }: Cluster,
  options: { port: number; log: string; settings: Readonly<Record<string, string>> },
): ChildProcess {
  const file = program(binaries, "postgres");
  makeExecutable(file);
  const settings = Object.entries({
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(options.port),
    ...options.settings,
  }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(options.log, "w");
  try {
    // Detached, so that Ctrl-C in a terminal doesn't reach it: the worker must be able to finish first.
    const child = spawn(file, ["-D", data, ...settings], {
      cwd: "/",
      detached: true,
      env: SERVER_ENVIRONMENT,
      stdio: ["ignore", log, log],
      ...account,
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function supervise({ binaries }: Cluster, child: ChildProcess, port: number): Server {
  const pid = child.pid ?? 0;
  const killSync = () => {
    if (running(child)) signalServer(binaries, pid, "SIGINT");
  };
  process.once("exit", killSync);
  const ended = new Promise<void>((resolve) => {
    const done = () => {
      process.off("exit", killSync);
      resolve();
    };
    child.once("exit", done);
    child.once("error", done);
  });
  const stop = async () => {
    for (const [signal, patience] of STOP_PATIENCE) {
      if (running(child)) signalServer(binaries, pid, signal);
      if (await within(patience, () => !running(child))) return;
    }
  };
  return { pid, port, ended, stop, killSync };
}

function running(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** PostgreSQL writes its state into the eighth line of its lock file; pg_ctl waits for the same. */
function isReady(data: string, pid: number): boolean {
  const lines = pidFile(data);
  return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
}

function pidFile(data: string): string[] {
  try {
    return readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

/** A TCP port on 127.0.0.1 that nobody listens on now: the first free one of those preferred, or any. */
export async function freePort(preferred: readonly number[]): Promise<number> {
  for (const port of [...preferred, 0]) {
    const found = await tryPort(port);
    if (found !== undefined) return found;
  }
  throw new Error("no free TCP port on 127.0.0.1");
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
