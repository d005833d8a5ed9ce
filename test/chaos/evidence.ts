import type postgres from "postgres";
import type { Diary } from "./diary.ts";
import type { Call } from "./journal.ts";
import type { Profile } from "./profile.ts";
import type { Sightings } from "./reader.ts";
import type { LeftOver } from "./rest.ts";

/** A model's result as predraft's history has it. */
export interface Recorded {
  readonly interaction: string;
  readonly k: string | null;
  readonly hash: string;
  /** Number of the call in the model's own name; null where no answer was had. */
  readonly call: number | null;
  readonly trigger: string;
  readonly outcome: string;
  readonly error: string | null;
}

/** Everything that is judged at the end. */
export interface Evidence {
  readonly profile: Profile;
  readonly diary: Diary;
  readonly journal: readonly Call[];
  readonly sightings: Sightings;
  readonly left: LeftOver;
  readonly afterStop: LeftOver;
  readonly history: readonly Recorded[];
  /** Calls of all days that Postgres has counted, and sellers' time zones. */
  readonly charged: number;
  readonly zones: ReadonlyMap<number, string>;
  /** External ids of interactions that are there at the end. */
  readonly there: ReadonlySet<string>;
  /** What is left in the history of interactions that are gone. */
  readonly ghosts: readonly string[];
  readonly finals: number;
  readonly provisionals: number;
}

/** One line of the verdict. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
}

/** Reads the history and the counters, once everything has come to rest. */
export async function readHistory(
  sql: postgres.Sql,
): Promise<Pick<Evidence, "history" | "charged" | "zones" | "there" | "ghosts" | "finals" | "provisionals">> {
  const history = await sql<Recorded[]>`
    select d.interaction_id::text as interaction, i.external_id as k, d.content_hash as hash,
      substring(d.response_model from '-call-([0-9]+)$')::int as call, d.trigger, d.outcome, d.error_code as error
    from predraft.drafts d left join public.interactions i on i.id = d.interaction_id
    where d.source = 'llm'`;
  const [counted] =
    await sql`select coalesce(sum(calls), 0)::int as calls from predraft.seller_usage where win = 'day'`;
  const ghosts = await sql`
    select d.source || ' ' || coalesce(d.fallback_reason, '') || ' ' || d.outcome || ' of ' || d.interaction_id as ghost
    from predraft.drafts d where not exists (select from public.interactions i where i.id = d.interaction_id)`;
  const zones = await sql`select seller_id, time_zone from predraft.seller_settings`;
  const there = await sql`select external_id from public.interactions`;
  const [shown] = await sql`
    select count(*) filter (where extra_data #>> '{last_ai_draft,provisional}' = 'false')::int as finals,
      count(*) filter (where extra_data #>> '{last_ai_draft,provisional}' = 'true')::int as provisionals
    from public.interactions where needs_response and status <> 'responded'`;
  return {
    history: [...history],
    charged: counted?.["calls"],
    ghosts: ghosts.map((row) => row["ghost"]),
    zones: new Map(zones.map((row) => [Number(row["seller_id"]), row["time_zone"]])),
    there: new Set(there.map((row) => row["external_id"])),
    finals: shown?.["finals"],
    provisionals: shown?.["provisionals"],
  };
}
