import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "../../db/client/connect.ts";
import { benchWorker, limitlessDatabase, setSetting } from "./backlog-worker.ts";
import type { BenchCluster } from "./cluster.ts";
import { serverCpu } from "./cpu.ts";
import { slowProvider } from "./slow-provider.ts";
import { round } from "./stats.ts";

/** Shares of one core that server and worker use together. */
export interface ReserveCost {
  readonly jobs: number;
  readonly kept: number;
  readonly none: number;
}

const roundMs = 20_000;
const rounds = 3;

/**
 * All slots for everybody are busy with calls that take longer than this, and many jobs wait that nobody gets to: what remains is
 * the worker's periodic work, and with a slot kept its looks for urgent work. In turns, so that other work on the machine disturbs both.
 */
export async function measureReserveCost(cluster: BenchCluster, jobs: number): Promise<ReserveCost> {
  const url = await cluster.createDatabase("bench_reserve");
  const host = await limitlessDatabase(url);
  const kept: number[] = [];
  const none: number[] = [];
  try {
    await addHeldCalls(host);
    await addWaitingJobs(host, jobs);
    for (let turn = 0; turn < rounds; turn += 1) {
      kept.push(await shareOfACore(url, host, 1));
      none.push(await shareOfACore(url, host, 0));
    }
  } finally {
    await host.end({ timeout: 1 });
  }
  return { jobs, kept: middle(kept), none: middle(none) };
}

const middle = (shares: number[]): number =>
  round(shares.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0, 4);

/** As many open interactions as there are slots, newer than all else. */
const addHeldCalls = (host: Sql) => host`
  insert into public.interactions (seller_id, channel, external_id, text, occurred_at, priority)
  select 1, 'question', 'h-' || n, 'Какой состав у ткани?', now(), 'normal' from generate_series(1, 8) n`;

/** Jobs of interactions that are answered: they are looked at by nobody, and wait in their order all the same. */
async function addWaitingJobs(host: Sql, jobs: number): Promise<void> {
  await host`
    insert into public.interactions (seller_id, channel, external_id, text, occurred_at, priority, status)
    select 1, 'question', 'w-' || n, 'Какой состав у ткани?', now() - n * interval '1 minute', 'normal', 'responded'
    from generate_series(1, 1000) n`;
  for (let added = 0; added < jobs; added += 10_000) {
    await host`
      select predraft.add_drafts(array(
        select (i.id, i.priority, i.occurred_at)::predraft.want
        from public.interactions i cross join generate_series(1, 10) where i.status = 'responded'))`;
  }
}

async function shareOfACore(url: string, host: Sql, reserve: number): Promise<number> {
  await setSetting(host, "ai_draft_urgent_reserve", reserve);
  const worker = await benchWorker(url, slowProvider(3_600_000));
  try {
    await delay(3_000); // connections, plans, the first sweep
    const server = await serverCpu(host);
    const before = server.seconds();
    const own = process.cpuUsage();
    await delay(roundMs);
    const used = process.cpuUsage(own);
    return (server.seconds() - before + (used.user + used.system) / 1e6) / (roundMs / 1_000);
  } finally {
    await worker.stop();
  }
}
