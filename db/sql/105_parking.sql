-- Waiting without churn: all jobs that wait for one window move to its end in one statement, and come back in one.
-- A move removes a job and adds it again under its own key, due at another time, with the attempts that were left.
-- A job that a worker took meanwhile is not removed, and so not added. No row of the host is locked.

do $$
begin
  -- Jobs from before there was the table.
  if not exists (select from predraft.job_owners) then
    insert into predraft.job_owners (interaction_id, job_key, seller_id)
    select i.id, j.job_key, i.seller_id from predraft.jobs() j join predraft.interactions i on i.id = j.interaction_id
    where i.seller_id is not null
    on conflict on constraint job_owners_pkey do nothing;
  end if;
exception when insufficient_privilege then
  null;   -- somebody else's queue, whose grants migrate is about to ask for
end $$;

create or replace function predraft.parked_until(p_interaction {{key}}, p_occurred_at timestamptz) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select predraft.due_at(p.until, p_occurred_at)
    from predraft.interactions i join predraft.seller_parks p on p.seller_id = i.seller_id
    where i.id = p_interaction and p.until > now());
end $$;
comment on function predraft.parked_until({{key}}, timestamptz) is
  'When a new job of an interaction is due whose seller is at a limit; null where the seller is not.';

create or replace function predraft.park_seller(p_seller {{seller_key}}, p_until timestamptz) returns int
language plpgsql volatile security definer set search_path = '' set jit = off
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off   -- by keys: the queue's length must not matter
as $$
declare
  moved int;
begin
  if p_until <= clock_timestamp() or not pg_try_advisory_xact_lock({{lock.park_seller}}, hashtext(p_seller::text)) then
    return 0;   -- another process does it
  end if;
  insert into predraft.seller_parks as k (seller_id, until) values (p_seller, p_until)
  on conflict on constraint seller_parks_pkey do update set until = excluded.until where k.until <> excluded.until;
  with doomed as materialized (
    select j.id::bigint as job_id
    from predraft.job_owners o
    join graphile_worker.jobs j on j.key = o.job_key
    cross join lateral (   -- offset: by the row's own key, not by the seller's other rows
      select from predraft.interactions i where i.id = o.interaction_id and i.seller_id = p_seller offset 0) i
    where o.seller_id = p_seller and j.locked_at is null and j.run_at < p_until
      and j.attempts < j.max_attempts
      and j.priority > 0   -- neither urgent nor requested
      and j.key !~ ':(on_demand|force|poison)$'
  ),
  removed as materialized (
    select r.id, r.key, r.payload, r.priority, r.max_attempts - r.attempts as attempts_left
    from graphile_worker.complete_jobs(array(select job_id from doomed)) r
  ),
  added as (
    select graphile_worker.add_jobs(array_agg((
      'generate_draft', r.payload, null, predraft.due_at(p_until, i.occurred_at), greatest(r.attempts_left, 1), r.key, r.priority, null
    )::graphile_worker.job_spec order by r.id))
    from removed r join predraft.interactions i on i.id = (r.payload ->> 'interactionId')::{{key}}   -- by key again: 10,000 jobs take no loop over loops
    having count(*) > 0
  )
  select count(*) into moved from added;
  return moved;
exception when deadlock_detected then
  return 0;   -- another statement moved or removed the same jobs; the next denied job tries again
end $$;
comment on function predraft.park_seller({{seller_key}}, timestamptz) is
  'Moves all waiting jobs of a seller that are neither urgent nor asked for to a later time, newest first among themselves, and has new ones begin there. Returns how many; 0 where another process is at it.';

create or replace function predraft.wake_parked(p_limit int, p_raised boolean) returns int
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
declare
  moved int;
begin
  if p_raised then   -- another process that wakes now may have looked before the last job was parked
    perform pg_advisory_xact_lock({{lock.wake_parked}}, 0);
  elsif not pg_try_advisory_xact_lock({{lock.wake_parked}}, 0) then
    return 0;
  end if;
  -- A worker that did not know a raised limit yet may have parked a seller after all.
  delete from predraft.seller_parks k where p_raised or not predraft.at_limit(k.seller_id);
  with parked as materialized (
    select j.job_id, i.occurred_at
    from predraft.jobs() j
    join predraft.interactions i on i.id = j.interaction_id
    where j.locked_at is null and j.attempts = 0   -- a failed job waits for its own reason
      and j.run_at > case when p_raised then now() else now() + interval '10 minutes' end
      and (p_raised or not exists (select from predraft.seller_parks k where k.seller_id = i.seller_id and k.until > now()))
    order by j.job_priority, i.occurred_at desc nulls last
    limit p_limit
  ),
  removed as materialized (
    select r.id, r.key, r.payload, r.priority, r.max_attempts
    from graphile_worker.complete_jobs(array(select job_id from parked)) r
  ),
  added as (
    select graphile_worker.add_jobs(array_agg((
      'generate_draft', r.payload, null, predraft.job_run_at(p.occurred_at), r.max_attempts, r.key, r.priority, null
    )::graphile_worker.job_spec))
    from removed r join parked p on p.job_id = r.id
    having count(*) > 0
  )
  select count(*) into moved from added;
  return moved;
exception when deadlock_detected then
  return 0;
end $$;
comment on function predraft.wake_parked(int, boolean) is
  'Makes parked jobs due now, in their old order: all where a limit was raised, else those parked for over ten minutes though their seller is at no limit (any more). At most so many at once, the most urgent first; returns how many.';
