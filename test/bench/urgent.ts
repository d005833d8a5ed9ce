import type { Sql } from "../../db/client/connect.ts";
import { addBacklog, benchWorker, limitlessDatabase, setSetting } from "./backlog-worker.ts";
import type { BenchCluster } from "./cluster.ts";
import type { Report } from "./report.ts";
import { measureReserveCost, type ReserveCost } from "./reserve-cost.ts";
import { slowProvider } from "./slow-provider.ts";
import { round, spread } from "./stats.ts";
import { startUrgentRows } from "./urgent-rows.ts";

const mostRatio = 1.15;
const mostShareOfACore = 0.05;
const warmUp = 3;

export interface UrgentOptions {
  readonly samples: number;
  readonly backlog: number;
  readonly latency: number;
  readonly concurrency: readonly number[];
  /** Jobs that wait while the cost of keeping a slot is measured. */
  readonly jobs: number;
}

/**
 * Urgent rows, one at a time, under a backlog of ordinary ones whose calls keep every other slot busy: from the commit of the INSERT
 * to the saved draft, over the model's latency. And what keeping the slot costs where a million jobs wait.
 */
export async function benchUrgent(cluster: BenchCluster, options: UrgentOptions): Promise<Report> {
  const url = await cluster.createDatabase("bench_urgent");
  const host = await limitlessDatabase(url);
  await addBacklog(host, options.backlog);
  const rows: Row[] = [];
  try {
    for (const concurrency of options.concurrency)
      rows.push(await measureAt(url, host, concurrency, options));
  } finally {
    await host.end({ timeout: 1 });
  }
  return report(rows, await measureReserveCost(cluster, options.jobs), options);
}

type Row = {
  readonly concurrency: number;
  readonly left: number;
  readonly drafts: ReturnType<typeof spread>;
};

async function measureAt(url: string, host: Sql, concurrency: number, options: UrgentOptions): Promise<Row> {
  await setSetting(host, "ai_draft_concurrency", concurrency);
  const worker = await benchWorker(url, slowProvider(options.latency));
  const urgent = await startUrgentRows(url, host);
  try {
    const samples: number[] = [];
    for (let turn = 0; turn < warmUp + options.samples; turn += 1) samples.push(await urgent.measure());
    const [left] = await host<{ jobs: number }[]>`select count(*)::int as jobs from graphile_worker.jobs`;
    return { concurrency, left: left?.jobs ?? 0, drafts: spread(samples.slice(warmUp)) };
  } finally {
    await urgent.stop();
    await worker.stop();
  }
}

function report(
  rows: readonly Row[],
  cost: ReserveCost,
  { latency, backlog, samples }: UrgentOptions,
): Report {
  const ratio = (row: Row): number => round(row.drafts.p95 / latency, 3);
  return {
    name: "urgent",
    lines: [
      `a model of ${latency} ms, a backlog of ${backlog} ordinary rows, ${samples} urgent ones one at a time, one slot kept`,
      ...rows.map(
        (row) =>
          `concurrency ${String(row.concurrency).padStart(2)}   median ${row.drafts.median} ms   p95 ${row.drafts.p95} ms = ${ratio(row)} times the model   max ${row.drafts.max} ms   (${row.left} jobs waited at its end)`,
      ),
      `keeping one slot while ${cost.jobs} jobs wait: ${(cost.kept * 100).toFixed(1)} % of a core, against ${(cost.none * 100).toFixed(1)} % with none kept`,
    ],
    data: { unit: "ms", latency, backlog, rows, cost },
    checks: [
      ...rows.map((row) => ({
        what: `p95 at concurrency ${row.concurrency} within ${mostRatio} times the model's latency`,
        ok: ratio(row) <= mostRatio,
        found: `${ratio(row)}`,
      })),
      {
        what: `keeping a slot costs under ${mostShareOfACore * 100} % of a core`,
        ok: cost.kept - cost.none < mostShareOfACore,
        found: `${((cost.kept - cost.none) * 100).toFixed(1)} %`,
      },
    ],
  };
}
