import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
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
    journal: await model.journal(),
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

/** A database of its own with the checkout's schema, made by its own command. */
async function migrated(clusterUrl: string, tree: string): Promise<string> {
  const admin = postgres(clusterUrl, { max: 1 });
  await admin`create database chaos`;
  await admin.end();
  const url = clusterUrl.replace(/\/postgres$/, "/chaos");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(tree, "src/cli.ts"), "migrate"],
    {
      cwd: tmpdir(),
      env: { PATH: process.env["PATH"], DATABASE_URL: url },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`predraft migrate ended with ${code}`);
  return url;
}

/** Sellers, two of whom have their midnight while the run is under way. */
async function prepare(url: string, profile: Profile): Promise<void> {
  const sql = clientOf(url, "admin");
  const soon = (minutes: number): string => {
    const now = new Date();
    const left = 1_440 - (now.getUTCHours() * 60 + now.getUTCMinutes()) - minutes; // from now to midnight at UTC
    const east = left > 720 ? left - 1_440 : left; // POSIX puts the sign the other way round
    const [hours, rest] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60];
    return `<chaos>${east > 0 ? "-" : "+"}${hours}:${String(rest).padStart(2, "0")}`;
  };
  const zones = [soon(2), soon(4), "Asia/Vladivostok", "Europe/Moscow", "UTC"];
  const sellers = Array.from({ length: profile.sellers }, (_, n) => ({
    id: n + 1,
    zone: zones[n % zones.length] as string,
  }));
  await sql`
    insert into public.sellers ${sql(sellers.map(({ id }) => ({ id, name: `Продавец ${id}` })))}`;
  await sql`
    insert into predraft.seller_settings ${sql(sellers.map(({ id, zone }) => ({ seller_id: id, time_zone: zone })))}`;
  await sql`create index on public.interactions (external_id)`;
  await sql.end();
}
