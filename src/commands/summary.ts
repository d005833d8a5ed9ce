import type { Sql } from "../../db/client/connect.ts";

/** The progress that `start` shows while it runs. */
export interface Summary {
  readonly open: number;
  readonly ready: number;
  readonly provisional: number;
  readonly wanting: number;
  readonly jobs: number;
}

/** Counts open interactions by the state of their draft, and the jobs under way. */
export async function readSummary(sql: Sql): Promise<Summary> {
  const [row] = await sql<Summary[]>`
    select
      count(*)::int as open,
      count(*) filter (where fresh and not provisional)::int as ready,
      count(*) filter (where fresh and provisional)::int as provisional,
      count(*) filter (where not fresh)::int as wanting,
      (select count(*) from predraft.waiting_for_job(false))::int as jobs
    from (
      -- As predraft.interactions judges draft_state, without looking for each row's job.
      select coalesce(extra_data #>> '{last_ai_draft,content_hash}' = content_hash, false) as fresh,
        coalesce(extra_data #>> '{last_ai_draft,provisional}' = 'true', false) as provisional
      from predraft.interactions
      where needs_response is true and status is distinct from 'responded'
      offset 0
    ) i`;
  return row as Summary;
}

/** One line for people, as short as a narrow terminal wants it. */
export function summaryLine(summary: Summary, now: Date): string {
  const { open, ready, provisional, wanting, jobs } = summary;
  const time = now.toTimeString().slice(0, 8);
  const parts = [
    `${open} open ${open === 1 ? "interaction" : "interactions"}: ${ready} drafted`,
    ...(provisional > 0 ? [`${provisional} provisional`] : []),
    ...(wanting > 0 ? [`${wanting} without`] : []),
    ...(jobs > 0 ? [`${jobs} ${jobs === 1 ? "job" : "jobs"}`] : []),
  ];
  return `${time}  ${parts.join(" · ")}`;
}
