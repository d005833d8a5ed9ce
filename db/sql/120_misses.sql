-- What a trigger could not do inside the host's statement, done now.

create or replace function predraft.remove_jobs(ids {{key}}[]) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  doomed bigint[];
begin
  select array_agg(j.job_id) into doomed
  from predraft.jobs() j where j.interaction_id = any(ids) and j.locked_at is null;
  if doomed is not null then
    perform graphile_worker.complete_jobs(doomed);
  end if;
  return coalesce(cardinality(doomed), 0);
end $$;
comment on function predraft.remove_jobs({{key}}[]) is
  'Removes the waiting jobs of these interactions; one that runs finds its interaction gone.';

create or replace function predraft.drain_misses(p_limit int default 1000) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  missed {{key}}[];
  deleted {{key}}[];
  ends timestamptz[];   -- of the lives that deletions ended
  truncated timestamptz;
begin
  with taken as (
    delete from predraft.enqueue_misses m
    where m.id in (
      select id from predraft.enqueue_misses where reason not like 'thread %'
      order by id limit p_limit for update skip locked)
    returning m.interaction_id, m.reason, m.at
  )
  select array_agg(distinct t.interaction_id) filter (where t.reason not in ('deleted', 'truncated')),
         array_agg(t.interaction_id order by t.at) filter (where t.reason = 'deleted'),
         array_agg(t.at order by t.at) filter (where t.reason = 'deleted'),
         max(t.at) filter (where t.reason = 'truncated')
  into missed, deleted, ends, truncated
  from taken t;
  -- An id can be back, deleted and inserted again under the same key: what was made before belongs to the former life.
  delete from predraft.drafts d using unnest(deleted, ends) as life(id, ended_at)
  where d.interaction_id = life.id and d.created_at < life.ended_at;
  if truncated is not null then
    delete from predraft.drafts d where d.created_at < truncated;
    select array_agg(known.id) into deleted
    from (
      select interaction_id as id from predraft.drafts
      union select interaction_id from predraft.draft_claims
      union select j.interaction_id from predraft.jobs() j
      union select unnest(deleted)
    ) known;
  end if;

  select array_agg(distinct d.id) into deleted
  from unnest(deleted) d(id) where not exists (select from predraft.interactions i where i.id = d.id);
  if deleted is not null then
    perform predraft.remove_jobs(deleted);
    delete from predraft.draft_claims where interaction_id = any(deleted);
    delete from predraft.drafts where interaction_id = any(deleted);
    delete from predraft.debounces where interaction_id = any(deleted);
  end if;
  if missed is not null then
    perform predraft.enqueue_ids(missed);
  end if;
  return coalesce(cardinality(missed), 0) + coalesce(cardinality(deleted), 0);
end $$;
comment on function predraft.drain_misses(int) is
  'Enqueues what triggers could not, and removes what belonged to deleted interactions. Returns how many were handled; several processes may call it at once.';

create or replace function predraft.dead_jobs() returns setof timestamptz
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select j.created_at from graphile_worker.jobs j
    where j.task_identifier = 'generate_draft' and j.attempts >= j.max_attempts and j.locked_at is null;
end $$;
comment on function predraft.dead_jobs() is 'When each draft job that ended without attempts left was added.';
