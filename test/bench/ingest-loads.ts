import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "../../db/client/connect.ts";
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
 * Measures each load in turns; no job is ever taken away. Before those with a backlog, both sides are filled up to it,
 * autovacuum is awaited, and new sessions are opened, as a host's next ones would be. Each table is written in a session of
 * its own: plpgsql keeps the plans of `add_jobs` for a session, and one rival's must not decide the other's.
 */
export async function measureLoads(
  session: () => Sql,
  size: Size,
): Promise<{ cases: Case[]; waiting: number }> {
  const perCase = size.rounds + 1;
  const fill = Math.max(0, Math.ceil(size.backlog / size.statementRows) - perCase);
  const sql = session();
  const open = () => ({ predraft: session(), rowTrigger: session(), bare: session() });
  let writers = open();
  await stageRows(sql, (plan.length * perCase + fill) * size.statementRows);
  const cases: Case[] = [];
  let next = 0;
  for (const [nth, one] of plan.entries()) {
    if (nth === 1) {
      for (let i = 0; i < fill; i += 1, next += 1) {
        for (const rival of rivals) await insert(writers[rival], rival, one.load, next, size.statementRows);
      }
      await analysed(sql);
      writers = open();
    }
    const jobsBefore = await waitingOfEach(sql);
    const times = await inTurns(writers, one.load, next, size);
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

/** Resolves when autovacuum, with PostgreSQL's own settings, has analysed the queue as it is now: up to a minute or two. */
async function analysed(sql: Sql): Promise<void> {
  const [since] = await sql`select clock_timestamp() as at`;
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await delay(500)) {
    const [row] = await sql`
      select bool_or(last_autoanalyze > ${since?.["at"]}) or not bool_or(n_mod_since_analyze > 0) as done from pg_stat_user_tables
      where schemaname = 'graphile_worker' and n_live_tup > 1000`;
    if (row?.["done"] === true) return;
  }
  throw new Error("autovacuum has not analysed the queue within five minutes");
}

/** Milliseconds of each statement. The order within a round rotates; the first round warms up and isn't counted. */
async function inTurns(
  writers: Record<Rival, Sql>,
  load: Load,
  first: number,
  size: Size,
): Promise<Record<Rival, number[]>> {
  const times: Record<Rival, number[]> = { predraft: [], rowTrigger: [], bare: [] };
  for (let turn = 0; turn <= size.rounds; turn += 1) {
    for (let place = 0; place < rivals.length; place += 1) {
      const rival = rivals[(turn + place) % rivals.length] as Rival;
      const elapsed = await timed(() =>
        insert(writers[rival], rival, load, first + turn, size.statementRows),
      );
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
