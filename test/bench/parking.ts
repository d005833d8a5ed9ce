import { setTimeout as delay } from "node:timers/promises";
import { connect, type Sql } from "../../db/client/connect.ts";
import { benchWorker, limitlessDatabase, setSetting } from "./backlog-worker.ts";
import type { BenchCluster } from "./cluster.ts";
import type { Report } from "./report.ts";
import { slowProvider } from "./slow-provider.ts";
import { round, spread, timed } from "./stats.ts";
import { startUrgentRows } from "./urgent-rows.ts";

const mostSeconds = 30;
const mostRatio = 1.15;
const patienceMs = 600_000;

export interface ParkingOptions {
  readonly sellers: number;
  /** Of each seller. */
  readonly rows: number;
  readonly latency: number;
}

/**
 * So many sellers that have used up their cycle, each with rows that wait: how long until every one is parked, and how long urgent rows
 * of them take meanwhile, over the model's latency. Then what parking one seller and looking at one row cost behind all these jobs.
 */
export async function benchParking(cluster: BenchCluster, options: ParkingOptions): Promise<Report> {
  const url = await cluster.createDatabase("bench_parking");
  const host = await limitlessDatabase(url);
  const watcher = connect(url, { max: 1, applicationName: "bench watcher" });
  try {
    await fill(host, options);
    const single = await measureSingle(host);
    await setSetting(host, "ai_draft_batch_size", 1);
    const started = performance.now();
    const worker = await benchWorker(url, slowProvider(options.latency));
    const urgent = await startUrgentRows(url, host);
    try {
      const over = new AbortController();
      const samples: number[] = [];
      const sampling = (async () => {
        for (let seller = 2; !over.signal.aborted || samples.length < 5; seller += 1)
          samples.push(await urgent.measure(seller));
      })();
      const parkedMs = await allParked(watcher, options.sellers, started).finally(() => over.abort());
      await sampling;
      return report(options, parkedMs, spread(samples), single);
    } finally {
      await urgent.stop();
      await worker.stop();
    }
  } finally {
    await watcher.end({ timeout: 1 });
    await host.end({ timeout: 1 });
  }
}

async function fill(host: Sql, { sellers, rows }: ParkingOptions): Promise<void> {
  await host`insert into public.sellers (id, name) select n, 'Лён' from generate_series(2, ${sellers}::int) n`;
  for (let nth = 0; nth < rows; nth += 1)
    await host`
      insert into public.interactions (seller_id, channel, external_id, text, occurred_at, priority)
      select n, 'question', 'p-' || n || '-' || ${nth}::int, 'Какой состав у ткани?', now() - (${nth}::int * 2000 + n) * interval '1 second', 'normal'
      from generate_series(1, ${sellers}::int) n`;
  // This cycle and the next: one may end while this runs.
  await host`
    insert into predraft.seller_usage (seller_id, win, win_start, calls)
    select n, 'cycle', predraft.cycle_of(now() + c * interval '5 minutes'), 1 from generate_series(1, ${sellers}::int) n, generate_series(0, 2) c`;
  await host`vacuum analyze`;
}

interface Single {
  readonly park: number;
  readonly state: number;
}

/** Milliseconds of one statement, the median of some; the first, which makes its plans, isn't counted. */
async function measureSingle(host: Sql): Promise<Single> {
  const median = async (work: (nth: number) => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let nth = 0; nth <= 9; nth += 1) {
      const ms = await timed(() => work(nth));
      if (nth > 0) times.push(ms);
    }
    return spread(times).median;
  };
  const parked = (nth: number) =>
    host`select predraft.park_seller(${100 + nth}, now() + interval '1 minute')`;
  const looked = (nth: number) =>
    host`select draft_state from predraft.interactions where id = ${1_000 + nth}`;
  return { park: await median(parked), state: await median(looked) };
}

/** Milliseconds from `started` until each seller is parked and none of its jobs is due. */
async function allParked(sql: Sql, sellers: number, started: number): Promise<number> {
  for (;;) {
    const [row] = await sql<{ parked: number; due: number }[]>`
      select (select count(*)::int from predraft.seller_parks where until > now()) as parked,
        (select count(*)::int from graphile_worker.jobs where run_at <= now() and priority > 0) as due`;
    const ms = performance.now() - started;
    if (row?.parked === sellers && row.due === 0) return ms;
    if (ms > patienceMs)
      throw new Error(`${row?.parked} sellers parked, ${row?.due} jobs due after ${ms} ms`);
    await delay(250);
  }
}

function report(
  { sellers, rows, latency }: ParkingOptions,
  parkedMs: number,
  urgent: ReturnType<typeof spread>,
  single: Single,
): Report {
  const ratio = round(urgent.p95 / latency, 3);
  const seconds = round(parkedMs / 1_000, 1);
  return {
    name: "parking",
    lines: [
      `${sellers} sellers that have used up their cycle, ${rows} rows each; a model of ${latency} ms`,
      `all parked after ${seconds} s`,
      `urgent rows meanwhile: median ${urgent.median} ms   p95 ${urgent.p95} ms = ${ratio} times the model   max ${urgent.max} ms   (${urgent.n})`,
      `behind ${sellers * rows} jobs: park_seller ${single.park} ms, draft_state of one row ${single.state} ms`,
    ],
    data: { unit: "ms", sellers, rows, latency, parkedMs: round(parkedMs), urgent, single },
    checks: [
      {
        what: `all parked within ${mostSeconds} s`,
        ok: parkedMs <= mostSeconds * 1_000,
        found: `${seconds} s`,
      },
      {
        what: `urgent rows (p95) within ${mostRatio} times the model's latency`,
        ok: ratio <= mostRatio,
        found: `${ratio}`,
      },
      { what: "draft_state of one row within 5 ms", ok: single.state <= 5, found: `${single.state} ms` },
    ],
  };
}
