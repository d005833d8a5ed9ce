import type { Sql } from "../../db/client/connect.ts";
import { count, type Finding, ok, problem, span, warning } from "./finding.ts";

/** Work that is due and has waited this long is worth a word; seconds. */
const longWait = 60;
const longMiss = 10;

/** How the work goes: workers, queue, what was missed or ended for good, settings that did not parse. */
export async function checkWork(sql: Sql): Promise<Finding[]> {
  return [
    await checkWorkers(sql),
    await checkLag(sql),
    await checkDead(sql),
    await checkMisses(sql),
    ...(await checkSettings(sql)),
    ...(await checkPauses(sql)),
  ];
}

async function checkWorkers(sql: Sql): Promise<Finding> {
  const [row] = await sql<{ alive: number; polling: number; dead: number }[]>`
    select count(*) filter (where not absent)::int as alive, count(*) filter (where absent)::int as dead,
      count(*) filter (where not absent and beats)::int as polling
    from (
      select w.worker_id = any(a.ids) as absent, w.beat_at is not null as beats
      from predraft.workers w cross join (select predraft.absent_workers() as ids) a
    ) w`;
  const { alive, polling, dead } = row as { alive: number; polling: number; dead: number };
  if (alive === 0) return problem("workers", "none is running", "start one: `predraft worker`");
  const how = polling > 0 ? `, ${polling} by polling` : "";
  if (dead > 0)
    return warning(
      "workers",
      `${alive} running${how}, ${dead} dead`,
      "nothing: what it held is freed within seconds",
    );
  return ok("workers", `${alive} running${how}`);
}

async function checkLag(sql: Sql): Promise<Finding> {
  const [row] = await sql<{ due: number; seconds: number | null }[]>`
    select count(*)::int as due, extract(epoch from now() - min(greatest(j.created_at, j.run_at)))::float8 as seconds
    from graphile_worker.jobs j
    where j.task_identifier = 'generate_draft' and j.locked_at is null and j.run_at <= now() and j.attempts < j.max_attempts`;
  const { due, seconds } = row as { due: number; seconds: number | null };
  if (due === 0 || seconds === null) return ok("backlog", "nothing is due and waiting");
  const what = `${count(due, "job")} due, the oldest for ${span(seconds)}`;
  return seconds < longWait
    ? ok("backlog", what)
    : warning(
        "backlog",
        what,
        "see predraft.queue for the order; raise ai_draft_concurrency or lower ai_draft_delay_seconds to go faster",
      );
}

async function checkDead(sql: Sql): Promise<Finding> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from predraft.dead_jobs()`;
  const n = row?.n ?? 0;
  if (n === 0) return ok("dead jobs", "none");
  return problem(
    "dead jobs",
    `${count(n, "job")} spent all attempts`,
    "last_error in graphile_worker.jobs says why; predraft.request_draft(id) tries one again",
  );
}

async function checkMisses(sql: Sql): Promise<Finding> {
  const [row] = await sql<{ n: number; seconds: number | null }[]>`
    select count(*)::int as n, extract(epoch from now() - min(m.at))::float8 as seconds from predraft.enqueue_misses m`;
  const { n, seconds } = row as { n: number; seconds: number | null };
  if (n === 0) return ok("misses", "none: the triggers enqueue everything");
  const what = `${count(n, "row")} that the triggers could not enqueue, the oldest for ${span(seconds ?? 0)}`;
  return (seconds ?? 0) < longMiss
    ? ok("misses", `${what}: a worker is about to`)
    : problem(
        "misses",
        what,
        "start a worker, which enqueues them; predraft.enqueue_misses.reason says what went wrong",
      );
}

async function checkSettings(sql: Sql): Promise<Finding[]> {
  const rows = await sql<{ key: string; error: string; acting: string | null }[]>`
    select s.key, s.error, predraft.setting(s.key) as acting from predraft.settings s where s.error is not null order by 1`;
  const misspelt = await sql<{ key: string; meant: string }[]>`
    select btrim(key) as key, meant from predraft.unknown_settings() where meant is not null`;
  if (rows.length + misspelt.length === 0) return [ok("settings", "all parse")];
  return [
    ...rows.map(({ key, error, acting }) =>
      problem(
        "settings",
        `${key} is not taken, ${acting ?? "the default"} acts`,
        `${error}: correct it in runtime_settings`,
      ),
    ),
    ...misspelt.map(({ key, meant }) =>
      problem(
        "settings",
        `${key} does nothing: predraft knows no such setting`,
        `is ${meant} meant? Correct or remove the key in runtime_settings`,
      ),
    ),
  ];
}

async function checkPauses(sql: Sql): Promise<Finding[]> {
  const rows = await sql<{ provider: string; reason: string; seconds: number }[]>`
    select g.provider, coalesce(g.paused_reason, 'paused') as reason, extract(epoch from g.paused_until - now())::float8 as seconds
    from predraft.gate g where g.paused_until > now()`;
  return rows.map(({ provider, reason, seconds }) =>
    provider.includes(":")
      ? problem(
          "pause",
          `${provider} does not serve a worker: ${reason}`,
          "drafts are provisional until it does",
        )
      : warning(
          "pause",
          `${provider} is left alone for ${span(seconds)}: ${reason}`,
          "wait, or see what the reason says",
        ),
  );
}
