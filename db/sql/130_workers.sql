-- Who is alive: each worker holds an advisory lock on a connection of its own; the lock goes when it does.
-- Behind a pooler in transaction mode the lock would outlive it: such a worker beats instead.

create or replace function predraft.register_worker(p_host text, p_pid int, p_version text) returns int
language sql volatile security definer set search_path = ''
as $$ insert into predraft.workers (host, pid, version) values (p_host, p_pid, p_version) returning worker_id $$;
comment on function predraft.register_worker(text, int, text) is
  'Registers a worker process and returns its id; the caller then holds pg_advisory_lock(1886545254, id) for as long as it lives.';
revoke execute on function predraft.register_worker(text, int, text) from public;

create or replace function predraft.absent_workers() returns int[]
language sql volatile security definer set search_path = ''
as $$
  select coalesce(array_agg(w.worker_id order by w.worker_id), '{}')
  from predraft.workers w
  where case
    when w.beat_at is not null then w.beat_at < clock_timestamp() - interval '15 seconds'
    else not exists (
      select from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.granted
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
        and l.classid = 1886545254 and l.objid = w.worker_id and l.objsubid = 2)
  end
$$;
comment on function predraft.absent_workers() is
  'Registered workers whose advisory lock nobody holds, or that beat and have not for 15 seconds.';
revoke execute on function predraft.absent_workers() from public;

create or replace function predraft.beat(p_worker int) returns void
language sql volatile security definer set search_path = ''
as $$ update predraft.workers set beat_at = clock_timestamp() where worker_id = p_worker $$;
comment on function predraft.beat(int) is
  'A sign of life from a worker that has no session of its own to hold a lock in; to be given every few seconds once it was given.';
revoke execute on function predraft.beat(int) from public;

create or replace function predraft.free_pool(p_pool text) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job record;
  payload jsonb;
  freed bigint[] := '{}';
begin
  for job in
    select j.id, j.task_identifier, j.key, j.attempts, j.max_attempts
    from graphile_worker.jobs j
    where j.locked_by = p_pool
      and j.task_identifier in ('generate_draft', 'sweep_drafts', 'clean_up')
  loop
    if job.task_identifier = 'generate_draft' and {{job.is_draft_key}} then
      payload := case
        when job.attempts >= job.max_attempts then '{"trigger": "poison"}'
        else jsonb_strip_nulls(jsonb_build_object('trigger',
          substring(job.key from ':(on_demand|force|poison|upgrade)$')))
      end;
      perform predraft.return_draft({{job.key_id}},
        greatest(job.max_attempts - job.attempts, 1), payload);
    end if;
    freed := freed || job.id::bigint;
  end loop;
  -- Added anew and removed, not unlocked: a worker wrongly taken for dead completes by id and would delete the job.
  perform graphile_worker.force_unlock_workers(array[p_pool]);
  perform graphile_worker.complete_jobs(freed);
  return cardinality(freed);
end $$;
comment on function predraft.free_pool(text) is
  'Adds the jobs that a dead pool had locked anew, with the attempts that were left; one without attempts left comes back once more, to end as poison. Returns how many.';
revoke execute on function predraft.free_pool(text) from public;

create or replace function predraft.reap_worker(p_worker int) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  pool text;
  freed int := 0;
  held {{key}}[];
  waited {{key}}[];
begin
  if not pg_try_advisory_xact_lock(1886545254, p_worker) then
    return 0;   -- alive after all, or another process is at it
  end if;
  delete from predraft.workers
  where worker_id = p_worker and (beat_at is null or beat_at < clock_timestamp() - interval '15 seconds')
  returning pool_id into pool;
  if not found then
    return 0;
  end if;
  if pool is not null then
    select array_agg(j.interaction_id) into held from predraft.jobs() j where j.locked_by = pool;
    freed := predraft.free_pool(pool);
  end if;
  with dropped as (
    delete from predraft.draft_claims where worker_id = p_worker returning interaction_id
  )
  select array_agg(interaction_id) into waited from dropped
  where interaction_id <> all (coalesce(held, '{}'));   -- those are back already, with the attempts that were left
  -- Jobs that were refused because of these claims have ended: somebody must come back.
  perform predraft.enqueue_ids(waited);
  return freed;
end $$;
comment on function predraft.reap_worker(int) is
  'Frees what a dead worker held: jobs and claims, in one transaction. Returns the number of jobs; 0 where the worker lives.';
revoke execute on function predraft.reap_worker(int) from public;

create or replace function predraft.stray_pools(p_grace interval) returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(distinct j.locked_by::text), '{}')
    from graphile_worker.jobs j
    where j.task_identifier in ('generate_draft', 'sweep_drafts', 'clean_up')
      and j.locked_at < now() - p_grace
      and not exists (select from predraft.workers w where w.pool_id = j.locked_by));
end $$;
comment on function predraft.stray_pools(interval) is
  'Pools that hold jobs of ours and were never registered: a worker that died between fetching and registering.';
revoke execute on function predraft.stray_pools(interval) from public;

create or replace function predraft.revive_worker(p_worker int, p_pool text, p_host text, p_pid int, p_version text) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into predraft.workers (worker_id, pool_id, host, pid, version) overriding system value
  values (p_worker, p_pool, p_host, p_pid, p_version)
  on conflict (worker_id) do nothing
$$;
comment on function predraft.revive_worker(int, text, text, int, text) is
  'Registers a worker again that was taken for dead while it had lost its connection.';
revoke execute on function predraft.revive_worker(int, text, text, int, text) from public;
