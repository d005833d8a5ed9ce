import type { Sql } from "../../db/client.ts";
import { type Rival, tables } from "./rivals.ts";
import { columns, type Load, selected, stageRows } from "./rows.ts";
import { median, round, timed } from "./stats.ts";

/** One load, measured: milliseconds of each statement, and how often predraft's time goes into the row trigger's. */
export interface Case {
  readonly name: string;
  readonly load: Load;
  readonly backlog: boolean;
  readonly jobsBefore: number;
  readonly times: Record<Rival, number[]>;
  readonly ratio: number;
  readonly worst: number;
}

interface Size {
  readonly rounds: number;
  readonly backlog: number;
  readonly statementRows: number;
}

const rivals = Object.keys(tables) as Rival[];
const plan: readonly Pick<Case, "name" | "load" | "backlog">[] = [
  { name: "mixed, from an empty queue that was never analysed", load: "mixed", backlog: false },
  { name: "mixed: half the rows with a host priority", load: "mixed", backlog: true },
  { name: "all rows with a host priority", load: "host", backlog: true },
  { name: "no row with a host priority: the rules decide", load: "rules", backlog: true },
];

/**
 * Measures each load in turns; no job is ever taken away. Before those with a backlog, both sides are filled up to it, the
 * database is analysed, as autovacuum does within its minute, and a new session is opened, as a host's next one would be.
 */
export async function measureLoads(
  session: () => Sql,
  size: Size,
): Promise<{ cases: Case[]; waiting: number }> {
  const perCase = size.rounds + 1;
  const fill = Math.max(0, Math.ceil(size.backlog / size.statementRows) - perCase);
  let sql = session();
  await stageRows(sql, (plan.length * perCase + fill) * size.statementRows);
  const cases: Case[] = [];
  let next = 0;
  for (const [nth, one] of plan.entries()) {
    if (nth === 1) {
      for (let i = 0; i < fill; i += 1, next += 1) {
        for (const rival of rivals) await insert(sql, rival, one.load, next, size.statementRows);
      }
      await sql`analyze`;
      sql = session();
    }
    const jobsBefore = await waitingOfEach(sql);
    const times = await inTurns(sql, one.load, next, size);
    next += perCase;
    const worst = Math.min(...times.rowTrigger.map((ms, turn) => ms / (times.predraft[turn] as number)));
    const ratio = round(median(times.rowTrigger) / median(times.predraft), 1);
    cases.push({ ...one, jobsBefore, times, ratio, worst: round(worst, 1) });
  }
  const waiting = await waitingOfEach(sql);
  if (waiting !== next * size.statementRows) {
    throw new Error(`expected ${next * size.statementRows} jobs of each, found ${waiting}`);
  }
  return { cases, waiting };
}

/** Milliseconds of each statement. The order within a round rotates; the first round warms up and isn't counted. */
async function inTurns(sql: Sql, load: Load, first: number, size: Size): Promise<Record<Rival, number[]>> {
  const times: Record<Rival, number[]> = { predraft: [], rowTrigger: [], bare: [] };
  for (let turn = 0; turn <= size.rounds; turn += 1) {
    for (let place = 0; place < rivals.length; place += 1) {
      const rival = rivals[(turn + place) % rivals.length] as Rival;
      const elapsed = await timed(() => insert(sql, rival, load, first + turn, size.statementRows));
      if (turn > 0) times[rival].push(elapsed);
    }
  }
  return times;
}

const insert = (sql: Sql, rival: Rival, load: Load, nth: number, rows: number) =>
  sql.unsafe(`
    insert into ${tables[rival]} (${columns.join(", ")}) select ${selected(load)} from bench.given
    where nth >= ${nth * rows} and nth < ${(nth + 1) * rows}`);

/** How many jobs wait on either side; throws where they differ. */
async function waitingOfEach(sql: Sql): Promise<number> {
  const [jobs] = await sql<{ ours: number; theirs: number }[]>`
    select count(*) filter (where task_identifier = 'generate_draft')::int as ours,
      count(*) filter (where task_identifier = 'bench_row')::int as theirs
    from graphile_worker.jobs`;
  if (jobs === undefined || jobs.ours !== jobs.theirs) {
    throw new Error(`expected as many jobs of each, found ${jobs?.ours} and ${jobs?.theirs}`);
  }
  return jobs.ours;
}
