import { fileURLToPath } from "node:url";
import { connect, type Sql } from "../../db/client/connect.ts";
import { runAttach } from "../../src/attach/attach.ts";
import { watched } from "./attach-watch.ts";
import type { BenchCluster } from "./cluster.ts";
import type { Report } from "./report.ts";
import { round, spread } from "./stats.ts";

const longestLockMs = 200;

/**
 * Attaches to the host with so many rows, of which `open` want a draft, while the host writes: for how long a lock that
 * stops writers is held or waited for, how long the host's writes take, and in what order the backlog is enqueued.
 */
export async function benchAttach(
  cluster: BenchCluster,
  { rows, open }: { rows: number; open: number },
): Promise<Report> {
  const url = await cluster.createDatabase("bench_attach");
  const sql = connect(url, { max: 1, applicationName: "bench" });
  try {
    await fill(sql, rows, open);
    const printed: { at: number; line: string }[] = [];
    const started = performance.now();
    const seen = await watched(url, () => attach(url, printed));
    const took = performance.now() - started;
    const jobs = await order(sql);
    return report({ rows, open, took, seen, jobs, steps: steps(printed, started) });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Priorities are shuffled over the dates, so that the order of the table is not the order that is wanted. */
async function fill(sql: Sql, rows: number, open: number): Promise<void> {
  await sql.file(fileURLToPath(new URL("../attach/host.sql", import.meta.url)));
  await sql`truncate public.interactions restart identity`;
  await sql`
    insert into public.interactions
      (seller_id, marketplace, channel, external_id, nm_id, text, rating, status, needs_response, priority, occurred_at, metadata)
    select 1 + n % 2, 'wildberries', (array['review', 'question', 'chat'])[1 + n % 3], 'e-' || n, 100, 'Какой состав у ткани номер ' || n || '?',
      case n % 3 when 0 then 1 + n % 5 end, case when w.is_open then 'open' else 'responded' end, w.is_open,
      (array['normal', 'low', 'urgent', 'high', 'normal'])[1 + n * 7 % 5],
      now() - n * interval '20 days' / ${rows}, json_build_object('user_name', 'Анна', 'link_updated_at', 'n' || n)
    from generate_series(1, ${rows}::int) n
    cross join lateral (select n % ${Math.max(1, Math.round(rows / open))}::int = 0 as is_open) w`;
  await sql`vacuum analyze public.interactions`;
}

const attach = (url: string, printed: { at: number; line: string }[]): Promise<void> =>
  runAttach(
    {
      url,
      llm: {
        provider: "offline",
        model: undefined,
        keys: {},
        baseUrls: {},
        timeoutMs: 1_000,
      },
      out: {
        line: (line = "") => void printed.push({ at: performance.now(), line }),
        live: () => undefined,
        end: () => undefined,
        aside: (print) => print(),
        dim: String,
        bold: String,
        good: String,
        bad: String,
      },
      stderr: { isTTY: false } as NodeJS.WriteStream,
      ask: null,
      stopping: new AbortController().signal,
    },
    {
      host: {
        table: { schema: "public", name: "interactions" },
        documentColumn: "metadata",
        columns: {},
        nameKeys: [],
      },
      existing: "adopt",
      dryRun: false,
      yes: true,
    },
  );

/** Whether the backlog's jobs were added in the order in which they are to run; the live writer's own come in between. */
async function order(sql: Sql): Promise<{ added: number; misplaced: number }> {
  const [row] = await sql<{ added: number; misplaced: number }[]>`
    select count(*)::int as added, count(*) filter (where (priority, run_at) < (before_priority, before_run))::int as misplaced
    from (
      select j.priority, j.run_at, lag(j.priority) over w as before_priority, lag(j.run_at) over w as before_run
      from graphile_worker.jobs j join public.interactions i on i.id = split_part(j.key, ':', 2)::int
      where i.external_id not like 'live-%' window w as (order by j.id)
    ) ordered`;
  return row as { added: number; misplaced: number };
}

/** When each step was said to be over, seconds from the start. */
function steps(printed: readonly { at: number; line: string }[], started: number): Record<string, number> {
  const at = (what: RegExp) =>
    round(((printed.find(({ line }) => what.test(line))?.at ?? Number.NaN) - started) / 1_000, 1);
  return { triggers: at(/^attached to/), counted: at(/^Backlog/), enqueued: at(/jobs added/) };
}

function report(found: {
  rows: number;
  open: number;
  took: number;
  seen: Awaited<ReturnType<typeof watched>>;
  jobs: { added: number; misplaced: number };
  steps: Record<string, number>;
}): Report {
  const { seen, jobs } = found;
  const longest = round(Math.max(0, ...seen.locks.map(({ ms }) => ms)), 0);
  const writes = spread(seen.writes);
  return {
    name: "attach",
    lines: [
      `${found.rows} rows, about ${found.open} of them open; the host writes all the time, and holds 50 rows for 300 ms of each 400`,
      `triggers in place after ${found.steps["triggers"]} s, backlog counted after ${found.steps["counted"]} s, enqueued after ${found.steps["enqueued"]} s`,
      `the host's ${writes.n} writes: median ${writes.median} ms, p99 ${writes.p99} ms, worst ${writes.max} ms`,
      `${seen.locks.length} strong locks held or waited for, the longest seen for ${longest} ms (${seen.looks} looks, at most ${round(seen.longestGapMs, 0)} ms apart)`,
      `${jobs.added} jobs of the backlog, ${jobs.misplaced} out of order`,
    ],
    data: { ...found, longestLockMs: longest, writes, seen: { ...seen, writes: undefined } },
    checks: [
      {
        what: `no lock for longer than ${longestLockMs} ms`,
        ok: longest <= longestLockMs,
        found: `${longest} ms`,
      },
      {
        what: "the whole backlog, the most urgent and newest first",
        ok: jobs.added > 0 && jobs.misplaced === 0,
        found: `${jobs.added} jobs, ${jobs.misplaced} out of order`,
      },
    ],
  };
}
