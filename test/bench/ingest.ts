import { connect, type Sql } from "../../db/client.ts";
import { migrate } from "../../db/migrate.ts";
import type { BenchCluster } from "./cluster.ts";
import type { Report } from "./report.ts";
import { createRivals, type Rival, tables } from "./rivals.ts";
import { columns, stageRows } from "./rows.ts";
import { median, round, timed } from "./stats.ts";
import { measureUnchanged, type Unchanged } from "./unchanged.ts";

const statementRows = 1_000;
const rivals = Object.keys(tables) as Rival[];
/** How many times as fast as the row trigger predraft has to be. */
const required = 8;

/** Statements of 1,000 rows into three tables of one shape, in turns; then the same rows once more, unchanged. */
export async function benchIngest(cluster: BenchCluster, options: { rounds: number }): Promise<Report> {
  const url = await cluster.createDatabase("bench_ingest");
  await migrate({ url });
  const sql = connect(url, { max: 1, applicationName: "bench host" });
  const listener = connect(url, { max: 1, applicationName: "bench listener" });
  try {
    await stageRows(sql, (options.rounds + 1) * statementRows);
    await createRivals(sql);
    const times = await insertInTurns(sql, options.rounds);
    const unchanged = await measureUnchanged(sql, listener, statementRows, options.rounds);
    return report(times, unchanged);
  } finally {
    await Promise.all([sql.end({ timeout: 1 }), listener.end({ timeout: 1 })]);
  }
}

/** Milliseconds of each statement. The order within a round rotates; the first round warms up and isn't counted. */
async function insertInTurns(sql: Sql, rounds: number): Promise<Record<Rival, number[]>> {
  const times: Record<Rival, number[]> = { predraft: [], rowTrigger: [], bare: [] };
  for (let turn = 0; turn <= rounds; turn += 1) {
    for (let place = 0; place < rivals.length; place += 1) {
      const rival = rivals[(turn + place) % rivals.length] as Rival;
      const elapsed = await timed(
        () => sql`
          insert into ${sql(tables[rival])} (${sql(columns)}) select ${sql(columns)} from bench.given
          where nth >= ${turn * statementRows} and nth < ${(turn + 1) * statementRows}`,
      );
      if (turn > 0) times[rival].push(elapsed);
    }
  }
  const [jobs] = await sql<{ ours: number; theirs: number }[]>`
    select count(*) filter (where task_identifier = 'generate_draft')::int as ours,
      count(*) filter (where task_identifier = 'bench_row')::int - 1 as theirs
    from graphile_worker.jobs`;
  const expected = (rounds + 1) * statementRows;
  if (jobs?.ours !== expected || jobs.theirs !== expected) {
    throw new Error(`expected ${expected} jobs of each, found ${jobs?.ours} and ${jobs?.theirs}`);
  }
  return times;
}

function report(times: Record<Rival, number[]>, unchanged: Unchanged): Report {
  const rate = (rival: Rival) => Math.round((statementRows / median(times[rival])) * 1_000);
  const ratio = round(median(times.rowTrigger) / median(times.predraft), 1);
  const worst = round(
    Math.min(...times.rowTrigger.map((ms, turn) => ms / (times.predraft[turn] as number))),
    1,
  );
  const line = (name: string, rival: Rival) =>
    `${name.padEnd(34)}${median(times[rival]).toFixed(1).padStart(8)} ms  ${String(rate(rival)).padStart(7)} rows/s`;
  return {
    name: "ingest",
    lines: [
      `INSERT of ${statementRows} rows, median of ${times.predraft.length} interleaved rounds`,
      line("(a) predraft's triggers", "predraft"),
      line("(b) a row trigger with add_job", "rowTrigger"),
      line("(c) no trigger", "bare"),
      `predraft is ${ratio} times as fast as the row trigger (in the worst round ${worst})`,
      "",
      ...unchanged.lines,
    ],
    data: {
      rowsPerStatement: statementRows,
      rowsPerSecond: { predraft: rate("predraft"), rowTrigger: rate("rowTrigger"), bare: rate("bare") },
      milliseconds: times,
      ratio,
      worstRoundRatio: worst,
      unchanged: unchanged.data,
    },
    checks: [
      {
        what: `at least ${required} times as fast as a row trigger`,
        ok: ratio >= required,
        found: `${ratio}`,
      },
      ...unchanged.checks,
    ],
  };
}
