import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { connect, type Sql } from "../../db/client/connect.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import { attachedHost } from "../helpers/attached-host.ts";
import type { BenchCluster } from "./cluster.ts";
import { measureResync, type Resync, resyncRows } from "./host-resync.ts";
import { createTwin, giveDrafts, hostRow, type Twin, twins } from "./host-rows.ts";
import { measureSingles, type Singles } from "./host-singles.ts";
import type { Report } from "./report.ts";
import { median } from "./stats.ts";

const requiredRatio = 1.3;
const requiredMore = 1.6;

/**
 * What predraft's triggers cost the host: 1,000 unchanged rows re-synced by one UPDATE each in a long transaction, and
 * single statements that enqueue. A twin table without triggers is written in turns, each over a connection of its own.
 */
export async function benchHost(
  cluster: BenchCluster,
  options: { rounds: number; samples: number; onOneCore: boolean },
): Promise<Report> {
  const url = await cluster.createDatabase("bench_host");
  const sql = connect(url, { max: 1, applicationName: "bench host" });
  const clients = { attached: hostClient(url), bare: hostClient(url) };
  try {
    await sql.file(fileURLToPath(new URL("../helpers/attached-host.sql", import.meta.url)));
    await createTwin(sql);
    await migrate({ url, host: attachedHost });
    for (const twin of Object.keys(twins) as Twin[])
      for (let n = 0; n < resyncRows; n += 1)
        await clients[twin]`insert into ${sql.unsafe(twins[twin])} ${clients[twin](hostRow(n))}`;
    await giveDrafts(sql);
    await vacuum(sql);
    const resyncs = [
      await measureResync(sql, clients, "prepared", options.rounds),
      await measureResync(sql, clients, "simple", options.rounds),
    ];
    await vacuum(sql);
    const singles = await measureSingles(sql, clients, options.samples);
    return report(resyncs, singles, options.onOneCore);
  } finally {
    for (const client of [sql, ...Object.values(clients)]) await client.end({ timeout: 1 });
  }
}

/** A host's session, which gives its documents as JSON text. */
const hostClient = (url: string) =>
  postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: "bench host" },
    types: { json: { to: 114, from: [114], serialize: String, parse: (text: string) => JSON.parse(text) } },
  }) as unknown as Sql;

const vacuum = async (sql: Sql): Promise<void> => {
  for (const table of Object.values(twins)) await sql.unsafe(`vacuum (full, analyze) ${table}`);
};

function report(resyncs: readonly Resync[], singles: readonly Singles[], onOneCore: boolean): Report {
  const times = (what: string, bare: number, attached: number, unit: string, found: string) =>
    `${what.padEnd(52)}${bare.toFixed(2).padStart(9)} → ${attached.toFixed(2)} ${unit}; ${found}`;
  return {
    name: "host",
    lines: [
      `${resyncRows} unchanged rows with a draft each, documents of ${resyncs[0]?.documentBytes} bytes at the mean, one UPDATE each in one transaction`,
      onOneCore ? "client and server on one core" : "client and server wherever the scheduler puts them",
      ...resyncs.map(({ protocol, whole, ratio, medianRatio, cpuRatio, ratios }) =>
        times(
          `  ${protocol} statements`,
          whole.bare,
          whole.attached,
          "µs a row",
          `${ratio} times (rounds ${Math.min(...ratios)} to ${Math.max(...ratios)}; by the median statement ${medianRatio}, by CPU time ${cpuRatio})`,
        ),
      ),
      "single statements that enqueue, each a transaction of its own",
      ...singles.map(({ what, times: t, more, moreP95 }) =>
        times(
          `  ${what}`,
          median(t.bare),
          median(t.attached),
          "ms",
          `${more} ms more (p95 against p95: ${moreP95})`,
        ),
      ),
    ],
    data: { rows: resyncRows, onOneCore, resyncs, singles },
    checks: [
      ...resyncs.map(({ protocol, ratio }) => ({
        what: `at most ${requiredRatio} times slower at unchanged rows (${protocol} statements)`,
        ok: ratio <= requiredRatio,
        found: `${ratio}`,
      })),
      ...singles.map(({ what, more }) => ({
        what: `at most ${requiredMore} ms more for ${what}`,
        ok: more <= requiredMore,
        found: `${more} ms`,
      })),
    ],
  };
}
