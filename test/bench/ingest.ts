import { connect, type Sql } from "../../db/client/connect.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import type { BenchCluster } from "./cluster.ts";
import { type Case, measureLoads } from "./ingest-loads.ts";
import type { Report } from "./report.ts";
import { createRivals, type Rival } from "./rivals.ts";
import { median } from "./stats.ts";
import { measureUnchanged, type Unchanged } from "./unchanged.ts";

const statementRows = 1_000;
/** How many times as fast as the row trigger predraft has to be, on the mixed load with a backlog. */
const required = 8;

/** Statements of 1,000 rows into three tables of one shape, in turns; then the same rows once more, unchanged. */
export async function benchIngest(
  cluster: BenchCluster,
  options: { rounds: number; backlog: number },
): Promise<Report> {
  const url = await cluster.createDatabase("bench_ingest");
  await migrate({ url });
  const open: Sql[] = [];
  const session = () => {
    const sql = connect(url, { max: 1, applicationName: "bench host" });
    open.push(sql);
    return sql;
  };
  try {
    const sql = session();
    await createRivals(sql);
    const { cases, waiting } = await measureLoads(session, { ...options, statementRows });
    const unchanged = await measureUnchanged(sql, session(), statementRows, options.rounds);
    return report(cases, waiting, unchanged);
  } finally {
    await Promise.all(open.map((sql) => sql.end({ timeout: 1 })));
  }
}

const names: Record<Rival, string> = {
  predraft: "(a) predraft's triggers",
  rowTrigger: "(b) a row trigger with add_job",
  bare: "(c) no trigger",
};

function linesOf({ name, times, ratio, worst, jobsBefore }: Case): string[] {
  const line = (rival: Rival) => {
    const rate = Math.round((statementRows / median(times[rival])) * 1_000);
    return `${names[rival].padEnd(34)}${median(times[rival]).toFixed(1).padStart(8)} ms  ${String(rate).padStart(7)} rows/s`;
  };
  return [
    `${name}; ${jobsBefore} jobs of each wait at its start`,
    ...(Object.keys(names) as Rival[]).map(line),
    `predraft is ${ratio} times as fast as the row trigger (in the worst round ${worst})`,
    "",
  ];
}

function report(cases: readonly Case[], waiting: number, unchanged: Unchanged): Report {
  const mixed = cases.find((one) => one.load === "mixed" && one.backlog) as Case;
  return {
    name: "ingest",
    lines: [
      `INSERT of ${statementRows} rows, medians of ${mixed.times.predraft.length} interleaved rounds`,
      "",
      ...cases.flatMap(linesOf),
      `${waiting} jobs of each wait at the end; none was taken away`,
      "",
      ...unchanged.lines,
    ],
    data: { rowsPerStatement: statementRows, cases, jobsOfEachAtEnd: waiting, unchanged: unchanged.data },
    checks: [
      {
        what: `at least ${required} times as fast as a row trigger, on the mixed load with a backlog`,
        ok: mixed.ratio >= required,
        found: `${mixed.ratio}`,
      },
      ...unchanged.checks,
    ],
  };
}
