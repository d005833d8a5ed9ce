import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { handOf } from "./client.ts";

/** What a reader saw from the outside while everything went on. */
export interface Sightings {
  readonly reads: number;
  readonly rowsRead: number;
  /** Drafts that did not belong to their row's content, by interaction. */
  readonly stale: readonly string[];
  /** Interactions that wanted a draft and that nobody was going to make one for. */
  readonly orphans: readonly string[];
}

const pauseMs = 150;
/** All rows are read at each so-manieth look, a random part at the others. */
const wholeEvery = 12;
/** Work without a job is an orphan when it has been so in this many looks at everything, about 2 s apart. */
const patience = 4;

/** Reads like an operator's page, each look in one statement, until told to stop. */
export async function readAlong(url: string, stopping: AbortSignal): Promise<Sightings> {
  const hand = handOf(url, "reader");
  let reads = 0;
  let rowsRead = 0;
  const stale = new Set<string>();
  const orphans = new Set<string>();
  let lone = new Map<string, number>();
  while (!stopping.aborted) {
    const whole = reads % wholeEvery === 0;
    try {
      const seen = await hand.use((sql) => look(sql, whole));
      rowsRead += seen.rows;
      for (const id of seen.stale) stale.add(id);
      if (whole) {
        lone = new Map((await hand.use(forsaken)).map((id) => [id, (lone.get(id) ?? 0) + 1]));
        for (const [id, looks] of lone) if (looks >= patience) orphans.add(id);
      }
      reads += 1;
    } catch {
      lone = new Map(); // the database was away: what is forsaken is counted anew
    }
    await delay(pauseMs);
  }
  await hand.end();
  return { reads, rowsRead, stale: [...stale], orphans: [...orphans] };
}

async function look(sql: postgres.Sql, whole: boolean): Promise<{ rows: number; stale: string[] }> {
  const [row] = await sql<{ rows: number; stale: string[] | null }[]>`
    select count(*)::int as rows, jsonb_agg(d.id || ' (' || d.source || ')') filter (where d.hash is distinct from
        predraft.content_hash(d.channel, d.rating, d.text, d.last_message_text, d.last_message_at)) as stale
    from (
      select i.id, i.channel, i.rating, i.text, i.last_message_text, i.last_message_at,
        i.extra_data #>> '{last_ai_draft,content_hash}' as hash, coalesce(i.extra_data #>> '{last_ai_draft,source}', 'unknown') as source
      from public.interactions i ${whole ? sql`` : sql`tablesample system (10)`}
      where i.extra_data -> 'last_ai_draft' is not null
    ) d`;
  return { rows: row?.rows ?? 0, stale: row?.stale ?? [] };
}

/**
 * Open interactions that show no fresh draft, or one that is to be upgraded, while there is no job, no claim and nothing noted to be
 * done for them: only the sweep would find them. (What shows `provider_down` has no job while the outage lasts.)
 */
async function forsaken(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ what: string }[]>`
    with served as materialized (
      select split_part(j.key, ':', 2)::bigint as id from graphile_worker.jobs j where j.key ~ '^(draft|later):[0-9]+'
      union all select c.interaction_id from predraft.draft_claims c
      union all select m.interaction_id from predraft.enqueue_misses m
    )
    select coalesce(i.extra_data #>> '{last_ai_draft,fallback_reason}', 'nothing') || ' at ' || i.id || ' ' || predraft.content_hash(i.channel, i.rating, i.text, i.last_message_text, i.last_message_at) as what
    from public.interactions i
    where i.needs_response and i.status <> 'responded'
      and (i.extra_data #>> '{last_ai_draft,content_hash}' is null
        or i.extra_data #>> '{last_ai_draft,fallback_reason}' in ('waiting', 'daily_limit'))
      and i.id not in (select id from served)
      and predraft.setting('ai_draft_pregenerate_enabled') = 'true' and predraft.setting('llm_enabled') = 'true'`;
  return rows.map((row) => row.what);
}
