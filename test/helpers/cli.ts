import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const running = new Set<ChildProcess>();

/** Ends the commands that a failed test left behind. */
export function endCommands(): void {
  for (const child of running) child.kill("SIGKILL");
}
process.once("exit", endCommands);

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** A predraft command in a process of its own. */
export interface Command {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Waits until it has written this, however slow the machine is. Throws with all it wrote where it ends before that. */
  says(text: string): Promise<void>;
  /** Sends the signal until the command has ended: a second one soon after the first counts as the same. */
  insist(signal: NodeJS.Signals): Promise<void>;
  /** Resolves when it has ended: its exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts `predraft ARGS` with this environment and nothing of ours: no .env, no keys, no DATABASE_URL. `ownGroup`: as in a terminal of its
 * own, whose Ctrl-C reaches the programs that the command has started as well (`process.kill(-pid, "SIGINT")`).
 */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  directory: string = tmpdir(),
  stdin?: Readable,
  ownGroup = false,
): Command {
  return run(["--disable-warning=ExperimentalWarning", cli, ...args], env, directory, stdin, ownGroup);
}

/**
 * Starts `predraft ARGS` as a person who installed it does: by the launcher of the installation in `home`. `asNode`: what the launcher
 * takes for the version of the Node that runs it.
 */
export function runLauncher(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { asNode }: { asNode?: string } = {},
): Command {
  const pretence = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${asNode}" } })`;
  const pretend =
    asNode === undefined ? [] : [`--import=data:text/javascript,${encodeURIComponent(pretence)}`];
  return run([...pretend, join(home, "bin", "predraft.js"), ...args], env, tmpdir());
}

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  directory: string,
  stdin?: Readable,
  ownGroup = false,
): Command {
  const child = spawn(process.execPath, args, {
    detached: ownGroup,
    cwd: directory,
    env: { PATH: process.env["PATH"], ...env },
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  }) as ChildProcess & { stdout: Readable; stderr: Readable };
  if (child.stdin !== null) stdin?.pipe(child.stdin);
  running.add(child);
  child.once("close", () => running.delete(child));
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const says = async (text: string): Promise<void> => {
    const said = () => {
      if (out.includes(text) || err.includes(text)) return true;
      if (child.exitCode === null && child.signalCode === null) return false;
      throw new Error(`the command ended before it said ${JSON.stringify(text)}:\n${out}${err}`);
    };
    await until(said, { what: `the command says ${JSON.stringify(text)}`, timeoutMs: 60_000 });
  };
  const insist = async (signal: NodeJS.Signals): Promise<void> => {
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null || !child.kill(signal);
    await until(hasEnded, { what: `the command ends at ${signal}` });
  };
  return { child, out: () => out, err: () => err, says, insist, ended };
}
