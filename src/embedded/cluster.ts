import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PredraftError } from "../errors.ts";
import { type Account, giveTo } from "./account.ts";
import { type Binaries, program } from "./binaries.ts";

/** What both initdb and the server need to know. `data` is absolute and without symbolic links. */
export interface Cluster {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly data: string;
}

/**
 * How text sorts and folds, the same on every machine: the built-in provider knows Unicode's case rules (Cyrillic
 * included) without the system's locales, and sorts by code point.
 */
export const BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];

/** The environment of the server's programs: nothing of ours (keys, PG* variables) reaches them. */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = { LC_ALL: "C", TZ: "UTC" };

/**
 * Creates the cluster with a superuser `postgres`, all or nothing: initdb works beside the final place and one
 * rename puts it there, so an interrupted one is simply done again.
 * Throws `embedded_init_failed` with initdb's last lines.
 */
export async function initCluster(
  cluster: Cluster,
  options: { password: string; locale: readonly string[]; sync?: boolean },
): Promise<void> {
  const { binaries, account, data } = cluster;
  const temporary = `${data}.init-${process.pid}`;
  for (const name of readdirSync(dirname(data))) {
    if (name.startsWith(`${basename(data)}.init-`))
      rmSync(join(dirname(data), name), { recursive: true, force: true });
  }
  mkdirSync(temporary, { mode: 0o700 });
  giveTo(account, temporary);
  const passwordFile = join(temporary, "password");
  const pg = join(temporary, "pg");
  try {
    writeFileSync(passwordFile, options.password, { mode: 0o600 });
    giveTo(account, passwordFile);
    await runToEnd(cluster, program(binaries, "initdb"), [
      ...[
        "-D",
        pg,
        "--username=postgres", // not predraft: "$user" in search_path would find our schema before public
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
      ],
      ...options.locale,
      ...(options.sync === false ? ["--no-sync"] : []),
    ]);
    renameSync(pg, data);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Sets the superuser's password without knowing the old one, while no server runs. */
export async function resetPassword(cluster: Cluster, password: string): Promise<void> {
  const { binaries, data } = cluster;
  const command = `alter role postgres password '${password.replaceAll("'", "''")}';\n`;
  await runToEnd(cluster, program(binaries, "postgres"), ["--single", "-D", data, "postgres"], command);
}

/** The last lines of a program's output that complain, or else simply the last, as one line for an error message. */
export function lastLines(output: string, count = 5): string {
  const lines = output.trim().split("\n");
  const complaints = lines.filter((line) => /error|fatal|panic|detail|hint|could not/i.test(line));
  return (complaints.length > 0 ? complaints : lines).slice(-count).join(" | ");
}

/** What to do about a server program that fails, if its output tells; else undefined. */
export function hintFor(output: string): string | undefined {
  if (/error while loading shared libraries|Library not loaded/.test(output))
    return "the install script of the PostgreSQL package has not run: `npm rebuild` runs it";
  if (/No space left on device|free disk space/.test(output)) return "free some disk space";
  if (/not compatible with this version/.test(output))
    return "the data was written by another PostgreSQL version: move the directory away, or set DATABASE_URL";
  return undefined;
}

function runToEnd(cluster: Cluster, file: string, parameters: string[], input = ""): Promise<void> {
  makeExecutable(file);
  return new Promise((resolve, reject) => {
    // Not detached: Ctrl-C shall end initdb too, which then cleans up after itself.
    const child = spawn(file, parameters, { cwd: "/", env: SERVER_ENVIRONMENT, ...cluster.account });
    let output = "";
    const fail = (how: string, cause?: unknown) => {
      const hint = hintFor(output);
      const message = `PostgreSQL's ${basename(file)} failed (${how}): ${lastLines(output)}`;
      reject(new PredraftError(message, { code: "embedded_init_failed", cause, ...(hint && { hint }) }));
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString("utf8");
      });
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", (cause) => fail(cause.message, cause));
    child.once("close", (code, signal) => (code === 0 ? resolve() : fail(signal ?? `exit code ${code}`)));
  });
}

/** Sets the executable bit, which some package managers drop. If it can't be set, running the file fails and says so. */
export function makeExecutable(file: string): void {
  try {
    chmodSync(file, 0o755);
  } catch {
    // Read-only, or another's file.
  }
}
