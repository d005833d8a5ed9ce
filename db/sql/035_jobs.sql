-- Jobs by interaction, read through graphile-worker's public view; the key says whose they are.

create or replace function predraft.jobs()
returns table (
  job_id bigint, interaction_id bigint, job_key text, job_priority int, run_at timestamptz,
  attempts int, max_attempts int, last_error text, locked_at timestamptz, locked_by text
)
language plpgsql stable security definer rows 1000 set search_path = ''
as $$
begin
  -- plpgsql and types of our own: a view or a result type that names graphile-worker's would block its upgrades.
  return query
    select j.id::bigint, split_part(j.key, ':', 2)::bigint, j.key::text, j.priority::int, j.run_at,
      j.attempts::int, j.max_attempts::int, j.last_error::text, j.locked_at, j.locked_by::text
    from graphile_worker.jobs j
    where j.task_identifier = 'generate_draft'
      and j.key ~ '^(draft|later):[0-9]{1,18}(:|$)'
      and (j.attempts < j.max_attempts or j.locked_at is not null);
end $$;
comment on function predraft.jobs() is
  'generate_draft jobs that are still to run or running, by interaction. Those that ended for good are in graphile_worker.jobs.';
revoke execute on function predraft.jobs() from public;
