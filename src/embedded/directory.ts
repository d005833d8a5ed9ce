import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { PredraftError } from "../errors.ts";
import { canEnter, openHome, reachableBinaries, serverAccount } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { BUILTIN_LOCALE, type Cluster, initCluster, resetPassword } from "./cluster.ts";

/** The address of a database, and the command with which a person opens it. Both hold its password. */
export interface EmbeddedAddress {
  readonly url: string;
  readonly port: number;
  /** A shell command to paste. */
  readonly psql: string;
}

/** Tried first, so that a pasted psql command works again tomorrow; 5432 is left to the user's own server. */
const USUAL_PORT = 5544;

/** Creates the directory if need be. Answers with its real path; throws `embedded_directory`. */
export function openDirectory(directory: string): string {
  return inDirectory(directory, () => {
    fs.mkdirSync(directory, { recursive: true });
    return fs.realpathSync(directory);
  });
}

/** Turns what the file system refuses into `embedded_directory`; our own errors pass. */
export function inDirectory<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PredraftError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PredraftError(`the embedded PostgreSQL cannot use ${directory}: ${reason}`, {
      code: "embedded_directory",
      hint: "make the directory writable and see that the disk has space, or set DATABASE_URL",
      cause,
    });
  }
}

/** Decides where the data lies and which user owns it: `directory/pg`, or for root in a closed home a link to an open place. */
export function locateCluster(directory: string, notice: (line: string) => void): Cluster {
  const installed = findBinaries();
  const wanted = join(directory, "pg");
  const account = serverAccount(wanted);
  if (!isLink(wanted) && !fs.existsSync(wanted) && !canEnter(account, directory)) {
    const home = openHome(randomBytes(6).toString("hex"));
    fs.symlinkSync(join(home, "pg"), wanted);
    notice(`PostgreSQL doesn't run as root, and others cannot enter ${directory}: its data is in ${home}`);
  }
  const data = isLink(wanted) ? fs.readlinkSync(wanted) : wanted;
  refuseForeign(data);
  fs.mkdirSync(dirname(data), { recursive: true });
  return { binaries: reachableBinaries(installed, account), account, data };
}

/** Creates the cluster if there is none yet (true), and sees that the password is known. */
export async function prepareCluster(
  cluster: Cluster,
  directory: string,
  notice: (line: string) => void,
): Promise<boolean> {
  const file = join(directory, "password");
  const known = fs.existsSync(file);
  const fresh = !fs.existsSync(join(cluster.data, "PG_VERSION"));
  const password = known ? fs.readFileSync(file, "utf8") : randomBytes(18).toString("base64url");
  const write = () => inDirectory(directory, () => fs.writeFileSync(file, password, { mode: 0o600 }));
  if (fresh) {
    notice(`first start: creating a PostgreSQL database in ${cluster.data}`);
    if (!known) write();
    await initCluster(cluster, { password, locale: BUILTIN_LOCALE });
  } else if (!known) {
    notice("the password file is gone: setting a new password");
    await resetPassword(cluster, password);
    write();
  }
  return fresh;
}

/** The ports to try, the one of the last start first. */
export function preferredPorts(directory: string): number[] {
  const last = readAddress(directory)?.port;
  return last ? [last, USUAL_PORT] : [USUAL_PORT];
}

/** Remembers the port for the next start and for `readAddress`. */
export function rememberPort(directory: string, port: number): void {
  inDirectory(directory, () => fs.writeFileSync(join(directory, "port"), String(port)));
}

/** The address of the database `predraft` as last started; undefined if none was. */
export function readAddress(directory: string): EmbeddedAddress | undefined {
  if (!fs.existsSync(join(directory, "port")) || !fs.existsSync(join(directory, "password")))
    return undefined;
  const port = Number(fs.readFileSync(join(directory, "port"), "utf8"));
  const password = fs.readFileSync(join(directory, "password"), "utf8");
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/predraft`;
  return { url, port, psql: `psql ${url}` };
}

function isLink(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** PostgreSQL runs on its own user's data only, and says so less clearly. */
function refuseForeign(data: string): void {
  const owner = fs.statSync(data, { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.();
  if (owner === undefined || !self || owner === self) return;
  throw new PredraftError(`${data} belongs to another user (id ${owner})`, {
    code: "embedded_directory",
    hint: "run predraft as the user who created it, or remove the directory",
  });
}
