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

create or replace function predraft.jobs_of(p_interactions {{key}}[])
returns table (job_id bigint, interaction_id {{key}}, run_at timestamptz, locked_at timestamptz)
language plpgsql stable security definer rows 50 set search_path = ''
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off   -- one look-up a key, whatever the statistics say
as $$
begin
  return query
    select j.id::bigint, o.interaction_id, j.run_at, j.locked_at
    from predraft.job_owners o join graphile_worker.jobs j on j.key = o.job_key
    where o.interaction_id = any(p_interactions) and (j.attempts < j.max_attempts or j.locked_at is not null);
end $$;
comment on function predraft.jobs_of({{key}}[]) is 'What predraft.jobs() shows of these interactions: as quick at any length of the queue.';

create or replace function predraft.job_state(p_interaction {{key}}) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select case when bool_or(j.run_at <= now() or j.locked_at is not null) then 'queued' when count(*) > 0 then 'waiting' end
    from predraft.job_owners o join graphile_worker.jobs j on j.key = o.job_key
    where o.interaction_id = p_interaction and (j.attempts < j.max_attempts or j.locked_at is not null));
end $$;
comment on function predraft.job_state({{key}}) is 'queued: a job of the interaction is due or runs; waiting: one is due later; null: none.';

create or replace function predraft.forget_jobs(p_interactions {{key}}[], p_keys text[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- A key of parked work is used again: what has a job by now stays.
  delete from predraft.job_owners o using unnest(p_interactions, p_keys) e(id, key)
  where o.interaction_id = e.id and o.job_key = e.key and not exists (select from graphile_worker.jobs j where j.key = e.key);
end $$;
comment on function predraft.forget_jobs({{key}}[], text[]) is 'Removes the notes of whose jobs these were, which have ended.';
