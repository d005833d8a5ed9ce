-- Jobs by interaction, read through graphile-worker's public view; the key names the interaction.

create or replace function predraft.jobs()
returns table (
  job_id bigint, interaction_id {{key}}, job_key text, job_priority int, run_at timestamptz,
  attempts int, max_attempts int, last_error text, locked_at timestamptz, locked_by text
)
language plpgsql stable security definer rows 1000 set search_path = ''
as $$
begin
  -- plpgsql and our own types, because a view or a result type with graphile-worker's types would block its upgrades.
  return query
    select j.id::bigint, {{j.key_id}}, j.key::text, j.priority::int, j.run_at,
      j.attempts::int, j.max_attempts::int, j.last_error::text, j.locked_at, j.locked_by::text
    from (
      -- "offset 0": the key's conditions are cheap here, but would make the planner expect one row and look up 100,000 one by one.
      select * from graphile_worker.jobs q
      where q.task_identifier = 'generate_draft' and (q.attempts < q.max_attempts or q.locked_at is not null)
      offset 0
    ) j
    where {{j.is_draft_key}};
end $$;
comment on function predraft.jobs() is
  'generate_draft jobs that are still to run or running, by interaction. Those that ended for good are in graphile_worker.jobs.';

create or replace function predraft.waiting_for_job(p_due boolean)
returns table (interaction_id {{key}})
language plpgsql stable security definer rows 1000 set search_path = ''
as $$
begin
  -- One narrow column: reads a long queue in half the time of predraft.jobs().
  return query
    select {{j.key_id}}
    from (
      select q.key from graphile_worker.jobs q
      where q.task_identifier = 'generate_draft' and (q.attempts < q.max_attempts or q.locked_at is not null)
        and (not p_due or q.run_at <= now())
      offset 0
    ) j
    where {{j.is_draft_key}};
end $$;
comment on function predraft.waiting_for_job(boolean) is
  'Interactions that have a job to run or running; p_due: only those whose job is due. One may come more than once.';
