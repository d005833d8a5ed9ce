-- Liveness: each worker holds an advisory lock on its own connection, and the lock ends with the connection.
-- Behind a pooler in transaction mode the lock would outlive the worker, so such a worker sends heartbeats instead.

create or replace function predraft.register_worker(p_host text, p_pid int, p_version text) returns int
language sql volatile security definer set search_path = ''
as $$
  -- A first heartbeat, because the worker does not hold its lock yet.
  insert into predraft.workers (host, pid, version, beat_at) values (p_host, p_pid, p_version, clock_timestamp()) returning worker_id
$$;
comment on function predraft.register_worker(text, int, text) is
  'Registers a worker process and returns its id; the caller then holds pg_advisory_lock({{lock.liveness}}, id) for as long as it lives.';

create or replace function predraft.absent_workers() returns int[]
language sql volatile security definer set search_path = ''
as $$
  select coalesce(array_agg(w.worker_id order by w.worker_id), '{}')
  from predraft.workers w
  where (w.beat_at is null or w.beat_at < clock_timestamp() - interval '15 seconds')
    and not exists (
      select from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.granted
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
        and l.classid = {{lock.liveness}} and l.objid = w.worker_id and l.objsubid = 2)
$$;
comment on function predraft.absent_workers() is
  'Registered workers whose advisory lock nobody holds, and that have not beaten for 15 seconds.';

drop function if exists predraft.beat(int);
drop function if exists predraft.revive_worker(int, text, text, int, text);
create or replace function predraft.keep_worker(
  p_worker int, p_pool text, p_host text, p_pid int, p_version text, p_beats boolean, out was_gone boolean
)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into predraft.workers as w (worker_id, pool_id, host, pid, version, beat_at) overriding system value
  values (p_worker, p_pool, p_host, p_pid, p_version, case when p_beats then clock_timestamp() end)
  on conflict (worker_id) do update set pool_id = excluded.pool_id, beat_at = excluded.beat_at
    where w.pool_id is distinct from excluded.pool_id or w.beat_at is distinct from excluded.beat_at
  returning w.xmax = 0 into was_gone;
  was_gone := coalesce(was_gone, false);
end $$;
comment on function predraft.keep_worker(int, text, text, int, text, boolean) is
  'Keeps a live worker registered, with the pool that its jobs are locked by. p_beats: it holds no lock now, and gives a sign of life. was_gone: others took it for dead and freed what it held.';

create or replace function predraft.note_poison(p_interaction {{key}}) returns void
language sql volatile security definer set search_path = ''
as $$
  -- For the content of the dead worker's claim; without a claim, for the current content.
  insert into predraft.drafts (interaction_id, seller_id, external_id, content_hash, source, fallback_reason, trigger, outcome, error_code)
  select i.id, i.seller_id, i.external_id, h.content_hash, 'fallback', 'poison', 'pregenerate', 'failed', 'worker_died'
  from predraft.interactions i
  cross join lateral (
    select coalesce((
      select c.content_hash from predraft.draft_claims c
      where c.interaction_id = i.id and not exists (select from predraft.workers w where w.worker_id = c.worker_id)
      order by c.claim_id desc limit 1), i.content_hash) as content_hash
  ) h
  where i.id = p_interaction
    and not exists (
      select from predraft.drafts d
      where d.interaction_id = i.id and d.content_hash = h.content_hash and d.fallback_reason = 'poison'
        and predraft.same_life(d, i.seller_id, i.external_id))
$$;
comment on function predraft.note_poison({{key}}) is
  'Writes into the history that this content ended each worker that took it: no model is asked for it again, unless forced.';

create or replace function predraft.free_pool(p_pool text) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  job record;
  attempts_left int;
  payload jsonb;
  suspects int := 0;
  freed bigint[] := '{}';
begin
  if exists (select from predraft.workers w where w.pool_id = p_pool) then
    return 0;   -- registered, or registered again, since the check
  end if;
  for job in
    select j.id, j.task_identifier, j.key, j.attempts, j.max_attempts
    from graphile_worker.jobs j
    where j.locked_by = p_pool
      and j.task_identifier in ('generate_draft', 'sweep_drafts', 'clean_up')
  loop
    if job.task_identifier = 'generate_draft' and {{job.is_draft_key}} then
      attempts_left := job.max_attempts - job.attempts;
      payload := jsonb_strip_nulls(jsonb_build_object('trigger', substring(job.key from ':(on_demand|force|upgrade|backfill)$')));
      if attempts_left <= 0 then
        perform predraft.note_poison({{job.key_id}});
        -- The job is not forced any more.
        perform predraft.return_draft({{job.key_id}}, 1, case payload when '{}' then payload else '{"trigger": "on_demand"}' end);
      elsif attempts_left > 3 or suspects = 0 then
        perform predraft.return_draft({{job.key_id}}, attempts_left, payload);
        suspects := suspects + (attempts_left <= 3)::int;
      else
        -- More than one worker died on these jobs: they run one by one, so that only the guilty one runs at the next death.
        perform predraft.park_draft({{job.key_id}}, clock_timestamp() + suspects * interval '5 seconds', attempts_left, payload);
        suspects := suspects + 1;
      end if;
    end if;
    freed := freed || job.id::bigint;
  end loop;
  -- Added again and removed, not unlocked: a worker wrongly taken for dead completes by id and would delete the job.
  perform graphile_worker.force_unlock_workers(array[p_pool]);
  perform graphile_worker.complete_jobs(freed);
  return cardinality(freed);
end $$;
comment on function predraft.free_pool(text) is
  'Adds the jobs that a pool without a worker had locked anew, with the attempts that were left; one without attempts left comes back once more, to end as poison. Returns how many.';

create or replace function predraft.reap_worker(p_worker int) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  pool text;
  freed int := 0;
  held {{key}}[];
  waited {{key}}[];
begin
  if not pg_try_advisory_xact_lock({{lock.liveness}}, p_worker) then
    return null;   -- alive after all, or another process reaps it
  end if;
  delete from predraft.workers
  where worker_id = p_worker and (beat_at is null or beat_at < clock_timestamp() - interval '15 seconds')
  returning pool_id into pool;
  if not found then
    return null;
  end if;
  if pool is not null then
    select array_agg(j.interaction_id) into held from predraft.jobs() j where j.locked_by = pool;
    freed := predraft.free_pool(pool);
  end if;
  with dropped as (
    delete from predraft.draft_claims where worker_id = p_worker returning interaction_id
  )
  select array_agg(interaction_id) into waited from dropped
  where interaction_id <> all (coalesce(held, '{}'));   -- these jobs are back already, with the attempts that were left
  -- Jobs that were refused because of these claims have ended, so their interactions need new ones.
  perform predraft.enqueue_ids(waited);
  return freed;
end $$;
comment on function predraft.reap_worker(int) is
  'Frees what a dead worker held: jobs and claims, in one transaction. Returns the number of jobs; null where the worker lives, or is gone already.';

drop function if exists predraft.stray_pools(interval);
create or replace function predraft.reap_strays(p_grace interval) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stray text;
  freed int := 0;
  waited {{key}}[];
begin
  if not pg_try_advisory_xact_lock({{lock.reap_strays}}) then
    return 0;   -- another process does it
  end if;
  for stray in
    select distinct j.locked_by::text from graphile_worker.jobs j
    where j.task_identifier in ('generate_draft', 'sweep_drafts', 'clean_up')
      and j.locked_at < now() - p_grace
      and not exists (select from predraft.workers w where w.pool_id = j.locked_by)
  loop
    freed := freed + predraft.free_pool(stray);
  end loop;
  with dropped as (
    delete from predraft.draft_claims c
    where c.claimed_at < now() - p_grace
      and not exists (select from predraft.workers w where w.worker_id = c.worker_id)
    returning c.interaction_id
  )
  select array_agg(interaction_id) into waited from dropped;
  perform predraft.enqueue_ids(waited);
  return freed + coalesce(cardinality(waited), 0);
end $$;
comment on function predraft.reap_strays(interval) is
  'Frees jobs and claims older than a grace that belong to no registered worker: one that died between fetching and registering, or whose last statement was committed after it had been reaped. Returns how many.';
