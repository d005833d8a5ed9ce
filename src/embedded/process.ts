import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Binaries, program } from "./binaries.ts";

/** Signals that PostgreSQL's main process understands: fast shutdown, immediate shutdown, kill. */
export type ServerSignal = "SIGINT" | "SIGQUIT" | "SIGKILL";

/** Sends a signal to a server; a process that is gone is no error. */
export function signalServer(binaries: Binaries, pid: number, signal: ServerSignal): void {
  if (process.platform === "win32") {
    // Windows has no signals: PostgreSQL listens on a named pipe that pg_ctl knows.
    spawnSync(program(binaries, "pg_ctl"), ["kill", signal.slice(3), String(pid)]);
    return;
  }
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** Whether the id is taken, if only by a zombie: one that has ended, and that nobody has waited for. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether a process with this id exists and has not ended. */
export function isAlive(pid: number): boolean {
  return isTaken(pid) && (process.platform !== "linux" || statFields(pid)?.[0] !== "Z");
}

/**
 * When the process with this id was started, in whatever notation the system has; undefined if there is none.
 * Tells a process from a later one that was given the same id, as happens with every restart of a container.
 */
export function startedAt(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  if (process.platform === "win32") return "unknown";
  if (process.platform !== "linux") return ps(pid, "lstart=");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const ticks = statFields(pid)?.[19];
  return ticks && `${boot}:${ticks}`;
}

/** Whether the process is the PostgreSQL server of this data directory, and not one that inherited its id. */
export function serves(pid: number, dataDirectory: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === "win32") return true;
  const words = process.platform === "linux" ? commandLine(pid) : (ps(pid, "command=") ?? "");
  return words.includes("postgres") && words.includes(`-D ${dataDirectory} `);
}

/** Resolves with whether the condition came true within the time; looks every 20 ms. */
export async function within(milliseconds: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/** The fields of /proc/PID/stat after the name, which may itself hold spaces and brackets: state first. */
function statFields(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function commandLine(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ");
}

function ps(pid: number, column: string): string | undefined {
  const { status, stdout } = spawnSync("ps", ["-ww", "-o", column, "-p", String(pid)], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
