/** One trouble in an attached database, and the line that the doctor has for it. */
export interface Trouble {
  readonly name: string;
  readonly sql: string;
  readonly check: string;
  readonly level: "warning" | "problem";
  readonly what: string;
  readonly todo: string;
}

/** Each is made by its SQL alone. */
export const troubles: readonly Trouble[] = [
  {
    name: "a disabled trigger",
    sql: "alter table public.interactions disable trigger predraft_21_updated",
    check: "triggers",
    level: "problem",
    what: "predraft_21_updated is disabled",
    todo: "alter table public.interactions enable trigger predraft_21_updated",
  },
  {
    name: "a missing trigger",
    sql: "drop trigger predraft_22_deleted on public.interactions",
    check: "triggers",
    level: "problem",
    what: "missing: predraft_22_deleted",
    todo: "predraft migrate",
  },
  {
    name: "a missing trigger on the settings",
    sql: "drop trigger predraft_10_settings on public.runtime_settings",
    check: "triggers",
    level: "problem",
    what: "missing: predraft_10_settings",
    todo: "predraft migrate",
  },
  {
    name: "a host table that is gone",
    sql: "drop table public.interactions cascade",
    check: "triggers",
    level: "problem",
    what: "the table public.interactions is gone",
    todo: "attach",
  },
  {
    name: "a column that the host has renamed",
    sql: "alter table public.interactions rename column text to body",
    check: "columns",
    level: "problem",
    what: "public.interactions has no column text any more",
    todo: "--column ours=theirs",
  },
  {
    name: "row security that hides rows from our functions",
    sql: "alter table public.interactions enable row level security",
    check: "row security",
    level: "problem",
    what: "interactions hides rows from predraft_owner",
    todo: "create policy predraft on interactions to predraft_owner",
  },
  {
    name: "a host's trigger that writes with our owner's rights",
    sql: `create function public.audit() returns trigger language plpgsql as $$ begin insert into public.sellers values (1, ''); return new; end $$;
      create trigger audit after update on public.interactions for each row execute function public.audit()`,
    check: "host triggers",
    level: "warning",
    what: "audit writes, and runs as predraft_owner",
    todo: "security definer",
  },
  {
    name: "a right that predraft_owner lost on the host's table",
    sql: "revoke update (metadata) on public.interactions from predraft_owner",
    check: "roles",
    level: "problem",
    what: "lacks rights on public.interactions.metadata",
    todo: "predraft migrate",
  },
  {
    name: "a schema that belongs to nobody special",
    sql: "alter schema predraft owner to postgres",
    check: "roles",
    level: "warning",
    what: "schema predraft belongs to postgres",
    todo: "predraft migrate",
  },
  {
    name: "an older schema",
    sql: "update predraft.schema_version set version = 1",
    check: "schema",
    level: "problem",
    what: "version 1, older than",
    todo: "run `predraft migrate`",
  },
  {
    name: "a newer schema",
    sql: "update predraft.schema_version set version = 999",
    check: "schema",
    level: "problem",
    what: "version 999, newer than",
    todo: "update this predraft",
  },
  {
    name: "a queue of another version",
    sql: "insert into graphile_worker.migrations (id, breaking) values (999, true)",
    check: "queue",
    level: "problem",
    what: "revision 999",
    todo: "update this predraft",
  },
  {
    name: "an older queue",
    sql: "delete from graphile_worker.migrations where id > 18",
    check: "queue",
    level: "problem",
    what: "revision 18",
    todo: "run `predraft migrate`",
  },
  {
    name: "a setting whose key is misspelt",
    sql: "insert into public.runtime_settings (key, value) values ('ai_draft_dayly_limit', '5')",
    check: "settings",
    level: "problem",
    what: "ai_draft_dayly_limit does nothing: predraft knows no such setting",
    todo: "is ai_draft_daily_limit meant?",
  },
  {
    name: "a setting that does not parse",
    sql: "insert into public.runtime_settings (key, value) values ('ai_draft_daily_limit', 'много')",
    check: "settings",
    level: "problem",
    what: "ai_draft_daily_limit is not taken, 200 acts",
    todo: "expected a whole number",
  },
  {
    name: "rows that triggers could not enqueue",
    sql: "insert into predraft.enqueue_misses (interaction_id, reason, at) values (1, 'x', now() - interval '1 hour')",
    check: "misses",
    level: "problem",
    what: "1 row that the triggers could not enqueue, the oldest for 60 min",
    todo: "start a worker",
  },
  {
    name: "jobs without attempts left",
    sql: `select graphile_worker.add_job('generate_draft', max_attempts := 1);
      update graphile_worker._private_jobs set attempts = 1`,
    check: "dead jobs",
    level: "problem",
    what: "1 job spent all attempts",
    todo: "predraft.request_draft(id)",
  },
  {
    name: "a backlog that stands",
    sql: `select graphile_worker.add_job('generate_draft');
      update graphile_worker._private_jobs set created_at = now() - interval '3 hours', run_at = now() - interval '3 hours'`,
    check: "backlog",
    level: "warning",
    what: "1 job due, the oldest for 3 h",
    todo: "predraft.queue",
  },
  {
    name: "no worker",
    sql: "select",
    check: "workers",
    level: "problem",
    what: "none is running",
    todo: "predraft worker",
  },
  {
    name: "a dead worker beside a live one",
    sql: `insert into predraft.workers (host, pid, version, beat_at)
      values ('a', 1, '0', clock_timestamp()), ('b', 2, '0', now() - interval '1 hour')`,
    check: "workers",
    level: "warning",
    what: "1 running, 1 by polling, 1 dead",
    todo: "freed within seconds",
  },
  {
    name: "a provider that asked to be left alone",
    sql: "select predraft.pause_provider('openai', 60000, '429')",
    check: "pause",
    level: "warning",
    what: "openai is left alone for",
    todo: "wait",
  },
  {
    name: "a service that refuses the key",
    sql: "select predraft.pause_provider('openai:m-1', 60000, 'refused: check the API key')",
    check: "pause",
    level: "problem",
    what: "openai:m-1 does not serve a worker: refused: check the API key",
    todo: "provisional",
  },
];
