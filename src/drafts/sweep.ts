import type { ISql } from "postgres";
import { z } from "zod";
import type { Sql } from "../../db/client/connect.ts";

/**
 * A sweep after a change, repeated until all transactions that were open at the change have ended: they may have added rows by the
 * former values, and commit after the sweep.
 */
export interface FollowUp {
  /** Transactions with a lower number may not have seen the change; null: all that are open at the first sweep. */
  readonly before: string | null;
  /** How often the sweep was repeated. */
  readonly round: number;
}

const payload = z.object({
  followUp: z.object({ before: z.string().regex(/^[0-9]+$/), round: z.int().min(0) }).or(z.literal(true)),
});

/** The follow-up that a sweep's job asks for; undefined: one sweep. */
export function followUpOf(raw: unknown): FollowUp | undefined {
  const { data } = payload.safeParse(raw);
  if (data === undefined) return undefined;
  return data.followUp === true ? { before: null, round: 0 } : data.followUp;
}

/** Asks for a sweep after a change that is committed, or that the calling transaction commits. */
export async function sweepAfterChange(sql: ISql, of: "settings" | "seller"): Promise<void> {
  await sql`
    select from graphile_worker.add_job('sweep_drafts', '{"followUp": true}', job_key := ${`sweep_drafts:${of}`}, max_attempts := 3)`;
}

/**
 * The next round, if such a transaction is still open; to be called before the sweep reads. A second round always follows the first,
 * because running jobs may still park by the former values.
 */
export async function nextRound(sql: Sql, { before, round }: FollowUp): Promise<FollowUp | undefined> {
  const [row] = await sql<{ before: string; open: boolean }[]>`
    select b.before::text, pg_snapshot_xmin(s.now) < b.before as open
    from (select pg_current_snapshot() as now) s
    cross join lateral (select coalesce(${before}::xid8, pg_snapshot_xmax(s.now)) as before) b`;
  return row !== undefined && (row.open || round === 0)
    ? { before: row.before, round: round + 1 }
    : undefined;
}

/** Rounds are 2, 4, 8, … seconds apart; the last is as far away as the next ordinary sweep. */
const mostRounds = 8;

/** Asks for the next round, unless `mostRounds` are done. */
export async function sweepAgain(sql: Sql, next: FollowUp): Promise<void> {
  if (next.round > mostRounds) return;
  await sql`
    select from graphile_worker.add_job('sweep_drafts', ${sql.json({ followUp: { ...next } })}::json, run_at := now() + make_interval(secs => ${2 ** next.round}),
      job_key := 'sweep_drafts:again', max_attempts := 3)`;
}
