import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { PredraftError } from "../errors.ts";
import { startedAt } from "./process.ts";

/** A held lock. `release` may be called more than once, and from an exit listener. */
export interface DirectoryLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

/** The id of the live process that holds the lock file; undefined when it is free or its holder is dead. */
export function lockHolder(file: string): number | undefined {
  const holder = readHolder(file);
  return holder && startedAt(holder.pid) === holder.startedAt ? holder.pid : undefined;
}

/**
 * Takes the lock file for this process, also from a holder that has died.
 * Throws `embedded_in_use` naming the process that holds it.
 */
export function takeLock(file: string, directory: string): DirectoryLock {
  const own = JSON.stringify({ pid: process.pid, startedAt: startedAt(process.pid) ?? "unknown" });
  for (let attempt = 0; attempt < 10; attempt++) {
    if (createWhole(file, own)) return { release: () => removeOwn(file, own) };
    const pid = lockHolder(file);
    if (pid !== undefined) throw inUse(directory, pid);
    removeStale(file);
  }
  throw inUse(directory, lockHolder(file));
}

function inUse(directory: string, pid: number | undefined): PredraftError {
  const who = pid === process.pid ? "this very process" : `process ${pid ?? "unknown"}`;
  return new PredraftError(`another predraft is already running on ${directory} (${who})`, {
    code: "embedded_in_use",
    hint: "stop it first, or set DATABASE_URL to the address that it printed to share its database",
  });
}

/** A link appears with its content or not at all, so nobody ever reads a half-written lock. */
function createWhole(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o644 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moved aside before it is removed: of two processes that see one stale lock, neither removes the other's new one. */
function removeStale(file: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    if (lockHolder(aside) !== undefined) linkSync(aside, file);
  } catch {
    // Somebody else was faster; the next attempt sees what is there now.
  }
  rmSync(aside, { force: true });
}

function removeOwn(file: string, content: string): void {
  try {
    if (readFileSync(file, "utf8") === content) rmSync(file, { force: true });
  } catch {
    // Removed with its directory.
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}
