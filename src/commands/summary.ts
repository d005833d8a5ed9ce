import type { Sql } from "../../db/client.ts";

/** How far drafting is: what `start` shows while it runs. */
export interface Summary {
  readonly open: number;
  readonly ready: number;
  readonly provisional: number;
  readonly wanting: number;
  readonly closed: number;
  readonly jobs: number;
}

/** Counts interactions by the state of their draft, and the jobs under way. */
export async function readSummary(sql: Sql): Promise<Summary> {
  const [row] = await sql<Summary[]>`
    select
      count(*) filter (where s <> 'closed')::int as open,
      count(*) filter (where s = 'ready')::int as ready,
      count(*) filter (where s = 'provisional')::int as provisional,
      count(*) filter (where s in ('in_progress', 'queued', 'waiting', 'none'))::int as wanting,
      count(*) filter (where s = 'closed')::int as closed,
      (select count(*) from predraft.jobs())::int as jobs
    from (select draft_state as s from predraft.interactions) i`;
  return row as Summary;
}

/** One line for people. */
export function summaryLine(summary: Summary, now: Date): string {
  const { open, ready, provisional, wanting, closed, jobs } = summary;
  const time = now.toTimeString().slice(0, 8);
  const parts = [
    `${ready} of ${open} open interactions have their draft`,
    ...(provisional > 0 ? [`${provisional} a provisional one`] : []),
    ...(wanting > 0 ? [`${wanting} still want one`] : []),
    ...(jobs > 0 ? [`${jobs} jobs`] : []),
    `${closed} closed`,
  ];
  return `${time}  ${parts.join(" · ")}`;
}
