import { startThrowAwayCluster } from "../helpers/throw-away-cluster.ts";
import { rage } from "./adversary.ts";
import { clientOf } from "./client.ts";
import { createDiary, type Diary } from "./diary.ts";
import { type Check, type Evidence, readHistory } from "./evidence.ts";
import { startFleet } from "./fleet.ts";
import { judge } from "./judge.ts";
import { type Model, startModel } from "./model.ts";
import type { Profile } from "./profile.ts";
import { readAlong } from "./reader.ts";
import { reign, unlimited, writeSettings } from "./regimes.ts";
import { comeToRest, leftOver, linger } from "./rest.ts";
import { migrated, prepare } from "./setup.ts";
import { write } from "./writer.ts";

export interface ChaosOptions {
  readonly profile: Profile;
  readonly seed: number;
  /** The checkout that is put to the test: its migrations and its workers. */
  readonly tree: string;
  /** Lines of the workers' logs, and what goes on. */
  readonly onLine: (line: string) => void;
}

export interface ChaosResult {
  readonly checks: readonly Check[];
  readonly evidence: Evidence;
  readonly restedMs: number;
  readonly tookMs: number;
}

/** Runs the whole: set up, rage, come to rest, judge. Everything that it starts has ended when it resolves. */
export async function runChaos({ profile, seed, tree, onLine }: ChaosOptions): Promise<ChaosResult> {
  const from = Date.now();
  const diary = createDiary();
  await using stack = new AsyncDisposableStack();
  const cluster = await startThrowAwayCluster(undefined, {
    max_connections: "140",
    deadlock_timeout: "200ms",
  });
  stack.defer(() => cluster.remove());
  const model = await startModel({ ...profile.model, seed });
  stack.defer(() => model.stop());
  const url = await migrated(cluster.url, tree);
  await prepare(url, profile);
  await writeSettings(url, diary, { ...unlimited, ...profile.settings });
  const fleet = startFleet({
    tree,
    url,
    baseUrl: model.baseUrl,
    workers: profile.workers,
    timeoutMs: profile.timeoutMs,
    graceMs: 1_000,
    diary,
    onLine: (caller, line) => onLine(`${caller} ${line}`),
  });
  stack.defer(() => fleet.stop());
  await fleet.ready();

  const watching = new AbortController();
  const reader = readAlong(url, watching.signal);
  const raging = new AbortController();
  await Promise.all([
    write(url, diary, profile, seed)
      .then(() => linger(url, profile))
      .finally(() => raging.abort()),
    rage({ url, cluster, fleet, profile }, diary, seed, raging.signal),
    reign(url, diary, profile, seed, raging.signal),
  ]);
  onLine(`the writer and the adversary have stopped after ${Date.now() - from} ms`);
  const rest = await settle(url, diary, model, profile);
  watching.abort();
  const sightings = await reader;
  await fleet.stop();
  const sql = clientOf(url, "admin");
  stack.defer(() => sql.end({ timeout: 1 }));
  const evidence: Evidence = {
    profile,
    diary,
    journal: (await model.journal()).filter(({ test }) => !test),
    sightings,
    left: rest.left,
    afterStop: await leftOver(sql),
    ...(await readHistory(sql)),
  };
  return { checks: judge(evidence), evidence, restedMs: rest.restedMs, tookMs: Date.now() - from };
}

/** All limits are lifted and all is well: what is left to do gets done. */
async function settle(url: string, diary: Diary, model: Model, profile: Profile) {
  await model.heal();
  await writeSettings(url, diary, profile.restSettings);
  return await comeToRest(url, profile);
}
