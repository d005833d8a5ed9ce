import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { type Hand, handOf } from "./client.ts";
import type { Profile } from "./profile.ts";

/** What is left when all have stopped; all of it has to come to nothing. */
export interface LeftOver {
  readonly wanting: number;
  /** Provisional drafts that are to be upgraded by themselves. */
  readonly unfinished: number;
  readonly jobs: number;
  readonly locked: number;
  readonly claims: number;
  readonly misses: number;
  /** History, claims and jobs of interactions that are gone. */
  readonly ghosts: number;
  readonly dead: number;
}

/** By plain SQL, predraft's own views left out. */
export async function leftOver(sql: postgres.Sql): Promise<LeftOver> {
  const [row] = await sql<LeftOver[]>`
    select
      (select count(*)::int from public.interactions i where i.needs_response and i.status <> 'responded'
        and i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from
          predraft.content_hash(i.channel, i.rating, i.text, i.last_message_text, i.last_message_at)) as wanting,
      (select count(*)::int from public.interactions i where i.needs_response and i.status <> 'responded'
        and i.extra_data #>> '{last_ai_draft,provisional}' = 'true'
        and i.extra_data #>> '{last_ai_draft,fallback_reason}' not in ('failed', 'poison')) as unfinished,
      (select count(*)::int from graphile_worker.jobs j where j.task_identifier = 'generate_draft') as jobs,
      (select count(*)::int from graphile_worker.jobs j where j.locked_at is not null) as locked,
      (select count(*)::int from predraft.draft_claims) as claims,
      (select count(*)::int from predraft.enqueue_misses) as misses,
      (select count(*)::int from (
        select interaction_id from predraft.drafts union all select interaction_id from predraft.draft_claims
        union all select split_part(j.key, ':', 2)::bigint from graphile_worker.jobs j where j.key ~ '^(draft|later):[0-9]+'
      ) h where not exists (select from public.interactions i where i.id = h.interaction_id)) as ghosts,
      (select count(*)::int from graphile_worker.jobs j where j.task_identifier = 'generate_draft' and j.attempts >= j.max_attempts and j.locked_at is null) as dead`;
  return row as LeftOver;
}

const isNothing = (left: LeftOver): boolean => Object.values(left).every((count) => count === 0);

/** Waits until nothing is left, or as long as the profile gives; answers with what is left then, and how long it took. */
export async function comeToRest(
  url: string,
  profile: Profile,
): Promise<{ readonly left: LeftOver; readonly restedMs: number }> {
  const hand = handOf(url, "reader");
  const from = Date.now();
  try {
    for (;;) {
      if (profile.hurryRest) await hand.use(hurry);
      const left = await hand.use(leftOver);
      const restedMs = Date.now() - from;
      if (isNothing(left) || restedMs > profile.restMs) return { left, restedMs };
      await delay(250);
    }
  } finally {
    await hand.end();
  }
}

/** Longer than the second by which a changed setting may act before it is noted. */
const judgedMs = 1_500;

/** Waits until nothing is due any more that isn't put off for long, or as long as the profile gives. */
export async function linger(url: string, profile: Profile): Promise<void> {
  const hand = handOf(url, "reader");
  const until = Date.now() + profile.lingerMs;
  while (Date.now() < until && (await isBusy(hand))) await delay(250);
  if (profile.lingerMs > 0) await delay(judgedMs); // or the last calls would be judged by the limits that follow
  await hand.end();
}

async function isBusy(hand: Hand): Promise<boolean> {
  try {
    const [row] = await hand.use(
      (sql) => sql`
        select exists (select from graphile_worker.jobs where run_at < now() + interval '10 seconds') as busy`,
    );
    return row?.["busy"] !== false;
  } catch {
    return true; // the adversary is at it
  }
}

/** Nobody waits for back-offs: what has failed before and is put off runs now. */
async function hurry(sql: postgres.Sql): Promise<void> {
  await sql`
    select graphile_worker.reschedule_jobs(array_agg(id), run_at := now()) from graphile_worker.jobs
    where run_at > now() and locked_at is null and task_identifier = 'generate_draft'`;
}
