import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Diary, Life } from "./diary.ts";

export interface FleetOptions {
  /** The checkout whose `src/cli.ts` is run. */
  readonly tree: string;
  readonly url: string;
  readonly baseUrl: string;
  readonly workers: number;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly diary: Diary;
  /** Each line that a worker writes. */
  readonly onLine: (caller: string, line: string) => void;
}

/** Real worker processes, each started again when it has ended. */
export interface Fleet {
  /** Waits until the one in this place takes jobs. */
  working(place: number): Promise<void>;
  /** Sends a signal to one of them; resolves when it has ended. */
  end(place: number, how: "kill" | "term", rebirthMs: number): Promise<void>;
  /** Stops one in its tracks for so long. */
  freeze(place: number, milliseconds: number): Promise<void>;
  /** Waits until all have said that they run. */
  ready(): Promise<void>;
  /** TERM for all, and no rebirth. */
  stop(): Promise<void>;
}

interface Place {
  child: ChildProcess;
  life: Life;
  ended: Promise<unknown>;
  running: Promise<void>;
  rebirth: Promise<void>;
}

/** Starts them. */
export function startFleet(options: FleetOptions): Fleet {
  const { diary } = options;
  let stopping = false;
  let births = 0;

  const birth = (place: number): Place => {
    births += 1;
    const life: Life = {
      caller: `worker-${place}-${births}`,
      from: Date.now(),
      workingAt: Number.POSITIVE_INFINITY,
      endingAt: Number.POSITIVE_INFINITY,
      endedAt: Number.POSITIVE_INFINITY,
      asked: undefined,
      exit: undefined,
    };
    diary.lives.push(life);
    const child = spawnWorker(options, life.caller);
    const running = new Promise<void>((resolve) => {
      child.stdout?.on("data", (chunk: string) => {
        if (!chunk.includes("worker running")) return;
        life.workingAt = Date.now();
        resolve();
      });
      child.once("exit", () => resolve());
    });
    const ended = once(child, "exit").then(([code, signal]) => {
      life.endedAt = Date.now();
      life.exit = (code ?? signal) as number | string;
    });
    return { child, life, ended, running, rebirth: Promise.resolve() };
  };

  /** One that ends by itself is born again too; the diary says that nobody asked it to. */
  const keepAlive = (place: number): Place => {
    const born = birth(place);
    void born.ended.then(async () => {
      await born.rebirth;
      if (born.life.asked === undefined) await delay(500);
      if (!stopping) places[place] = keepAlive(place);
    });
    return born;
  };
  const places: Place[] = [];
  for (let place = 0; place < options.workers; place += 1) places.push(keepAlive(place));

  const end = async (place: number, how: "kill" | "term", rebirthMs: number): Promise<void> => {
    const { child, life, ended } = places[place] as Place;
    if (life.asked !== undefined || life.exit !== undefined) return;
    life.asked = how;
    life.endingAt = Date.now();
    (places[place] as Place).rebirth = delay(rebirthMs);
    child.kill(how === "kill" ? "SIGKILL" : "SIGTERM");
    await ended;
  };

  return {
    working: async (place) => await places[place]?.running,
    end,
    async freeze(place, milliseconds) {
      const { child } = places[place] as Place;
      child.kill("SIGSTOP");
      await delay(milliseconds);
      child.kill("SIGCONT");
    },
    ready: async () => void (await Promise.all(places.map((place) => place.running))),
    async stop() {
      stopping = true;
      await Promise.all(places.map((_, place) => end(place, "term", 0)));
      await Promise.all(places.map((place) => place.ended));
    },
  };
}

function spawnWorker(options: FleetOptions, caller: string): ChildProcess {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(options.tree, "src/cli.ts"), "worker"],
    {
      cwd: tmpdir(),
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: options.url,
        OPENAI_API_KEY: caller,
        LLM_PROVIDER: "openai",
        LLM_MODEL: "chaos",
        LLM_BASE_URL: options.baseUrl,
        LLM_TIMEOUT_MS: String(options.timeoutMs),
        SHUTDOWN_GRACE_MS: String(options.graceMs),
        LOG_LEVEL: "info",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine(caller, line);
    });
  }
  return child;
}
