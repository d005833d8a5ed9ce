import type { ISql } from "postgres";
import { z } from "zod";
import type { Sql } from "../../db/client/connect.ts";

/**
 * A sweep because of a change: transactions that were open then may have added rows by what acted before, and commit after it. It is
 * done again until they have ended.
 */
export interface FollowUp {
  /** Transactions with a lower number may not have seen the change; null: all that there are at the first sweep. */
  readonly before: string | null;
  /** How often it was done again. */
  readonly round: number;
}

const payload = z.object({
  followUp: z.object({ before: z.string().regex(/^[0-9]+$/), round: z.int().min(0) }).or(z.literal(true)),
});

/** What a sweep's job asks for; undefined: one sweep. */
export function followUpOf(raw: unknown): FollowUp | undefined {
  const { data } = payload.safeParse(raw);
  if (data === undefined) return undefined;
  return data.followUp === true ? { before: null, round: 0 } : data.followUp;
}

/** Asks for a sweep now, because of a change that is committed, or is with the transaction that this is called in. */
export async function sweepAfterChange(sql: ISql, of: "settings" | "seller"): Promise<void> {
  await sql`
    select from graphile_worker.add_job('sweep_drafts', '{"followUp": true}', job_key := ${`sweep_drafts:${of}`}, max_attempts := 3)`;
}

/**
 * The next round, where such a transaction is still open; to be called before the sweep reads. The first is always followed by one: jobs
 * under way may still park by what acted before.
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

/** Rounds are 2, 4, 8, … seconds apart; the last is as far away as the sweep that comes anyhow. */
const mostRounds = 8;

/** Asks for the next round, unless it was done often enough. */
export async function sweepAgain(sql: Sql, next: FollowUp): Promise<void> {
  if (next.round > mostRounds) return;
  await sql`
    select from graphile_worker.add_job('sweep_drafts', ${sql.json({ followUp: { ...next } })}::json, run_at := now() + make_interval(secs => ${2 ** next.round}),
      job_key := 'sweep_drafts:again', max_attempts := 3)`;
}
