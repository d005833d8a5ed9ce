import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { closedPort } from "./closed-port.ts";
import { makeTemporary } from "./temporary.ts";
import { until } from "./until.ts";

const program = "/usr/sbin/pgbouncer";

/** Debian's package `pgbouncer`; tests that need it are skipped where it is not installed. */
export const poolerInstalled = existsSync(program);

/** A PgBouncer in transaction mode in front of the run's server; `url` is the same database through it. */
export interface Pooler {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a PgBouncer for the database of `url`. The caller stops it. */
export async function startPooler(url: string, poolSize = 30): Promise<Pooler> {
  const server = new URL(url);
  const directory = makeTemporary("predraft-pooler-");
  const port = await closedPort();
  const users = join(directory, "users.txt");
  writeFileSync(users, `"${server.username}" "${server.password}"\n`);
  const config = join(directory, "pgbouncer.ini");
  writeFileSync(
    config,
    [
      "[databases]",
      `* = host=${server.hostname} port=${server.port}`,
      "[pgbouncer]",
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
      `auth_type = trust\nauth_file = ${users}`,
      `pool_mode = transaction\ndefault_pool_size = ${poolSize}\nmax_client_conn = 200`,
      "",
    ].join("\n"),
  );
  const asOther = process.getuid?.() === 0 ? ["-u", "postgres"] : []; // it refuses to run as root
  const child = spawn(program, [...asOther, "-q", config], { stdio: "ignore" });
  const ended = once(child, "close");
  const listening = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  await until(listening, { what: "the pooler listens" });
  const through = new URL(url);
  through.port = String(port);
  return {
    url: through.href,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
