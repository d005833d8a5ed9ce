import type { Sql } from "../../db/client/connect.ts";
import { hostRow, type Twin, twins } from "./host-rows.ts";
import { median, round, spread, timed } from "./stats.ts";

const warmUp = 30;

export interface Singles {
  readonly what: string;
  /** Milliseconds a statement, its commit included. */
  readonly times: Readonly<Record<Twin, number[]>>;
  /** How much longer it takes with predraft, by medians and by the 95th percentiles. */
  readonly more: number;
  readonly moreP95: number;
}

/** Single-row statements that enqueue a job each, into both tables in turns. Throws where one enqueued nothing. */
export async function measureSingles(
  sql: Sql,
  clients: Readonly<Record<Twin, Sql>>,
  samples: number,
): Promise<Singles[]> {
  const insert = async (twin: Twin, nth: number): Promise<unknown> => {
    const row = { ...hostRow(nth), external_id: `single-${nth}` };
    return clients[twin]`insert into ${sql.unsafe(twins[twin])} ${clients[twin](row)} returning id`;
  };
  const edit = async (twin: Twin, nth: number): Promise<unknown> =>
    clients[twin].unsafe(
      `update ${twins[twin]} set text = $1, updated_at = now() where external_id = $2 and seller_id = $3`,
      [`${hostRow(nth).text} И ещё вопрос.`, `single-${nth}`, 1 + (nth % 10)],
      { prepare: true },
    );
  return [
    await measure(sql, "an INSERT … RETURNING that enqueues", samples, insert),
    await measure(sql, "an UPDATE of the text that enqueues", samples, edit),
  ];
}

async function measure(
  sql: Sql,
  what: string,
  samples: number,
  statement: (twin: Twin, nth: number) => Promise<unknown>,
): Promise<Singles> {
  const before = await jobs(sql);
  const times: Record<Twin, number[]> = { attached: [], bare: [] };
  for (let nth = 0; nth < warmUp + samples; nth += 1) {
    for (const twin of nth % 2 === 0 ? (["attached", "bare"] as const) : (["bare", "attached"] as const)) {
      const took = await timed(() => statement(twin, nth));
      if (nth >= warmUp) times[twin].push(took);
    }
  }
  const added = (await jobs(sql)) - before;
  if (added !== warmUp + samples) throw new Error(`${what}: ${added} jobs of ${warmUp + samples}`);
  return {
    what,
    times,
    more: round(median(times.attached) - median(times.bare)),
    moreP95: round(spread(times.attached).p95 - spread(times.bare).p95),
  };
}

const jobs = async (sql: Sql): Promise<number> =>
  Number((await sql`select count(*)::int as n from graphile_worker.jobs`)[0]?.["n"]);
