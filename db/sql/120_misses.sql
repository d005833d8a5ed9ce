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

create or replace function predraft.raise_priorities(ids {{key}}[], ranks int[]) returns int
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- One job more, in its place: whoever runs second finds the draft fresh.
  return predraft.add_drafts((
    select array_agg((j.id, j.priority, j.occurred_at)::predraft.want)
    from (
      select i.id, i.priority, i.occurred_at, u.rank
      from unnest(ids, ranks) u(id, rank)
      join predraft.interactions i on i.id = u.id
      where i.needs_response is true and i.status is distinct from 'responded'
        and i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from i.content_hash
      offset 0   -- the rules read each text once
    ) j
    where predraft.priority_rank(j.priority) < j.rank));
end $$;
comment on function predraft.raise_priorities({{key}}[], int[]) is
  'Of interactions whose jobs came in at these ranks, because their words were not read: appends a job in its place for each whose words make it more urgent. Returns how many.';

create or replace function predraft.drain_misses(p_limit int default 1000) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  done int;
  missed {{key}}[];
  deleted {{key}}[];
  ends timestamptz[];   -- of the lives that deletions ended
  truncated timestamptz;
  unjudged {{key}}[];
  ranks int[];
begin
  with taken as (
    delete from predraft.enqueue_misses m
    where m.id in (
      -- The newest first, as everywhere: a load of a million rows doesn't hold up what comes after it.
      select id from predraft.enqueue_misses where reason not like 'thread %'
      order by id desc limit p_limit for update skip locked)
    returning m.interaction_id, m.reason, m.at
  )
  select count(*),
         array_agg(distinct t.interaction_id) filter (where t.reason not in ('deleted', 'truncated') and t.reason not like 'unjudged %'),
         array_agg(t.interaction_id order by t.at) filter (where t.reason = 'deleted'),
         array_agg(t.at order by t.at) filter (where t.reason = 'deleted'),
         max(t.at) filter (where t.reason = 'truncated'),
         array_agg(t.interaction_id) filter (where t.reason like 'unjudged %'),
         array_agg(substr(t.reason, 10)::int) filter (where t.reason like 'unjudged %')
  into done, missed, deleted, ends, truncated, unjudged, ranks
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
    if predraft.setting('ai_draft_debounce_seconds') <> '0' then   -- the trigger's own was rolled back, or left as well
      perform predraft.debounce((
        select array_agg(i.id) from predraft.interactions i
        where i.id = any(missed) and i.channel = 'chat' and i.needs_response is true
          and i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from i.content_hash));
    end if;
    perform predraft.enqueue_ids(missed);
  end if;
  perform predraft.raise_priorities(unjudged, ranks);
  return done;
end $$;
comment on function predraft.drain_misses(int) is
  'Enqueues what triggers could not, raises what they did not judge, and removes what belonged to deleted interactions. Returns how many were handled; several processes may call it at once.';

create or replace function predraft.dead_jobs() returns setof timestamptz
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select j.created_at from graphile_worker.jobs j
    where j.task_identifier = 'generate_draft' and j.attempts >= j.max_attempts and j.locked_at is null;
end $$;
comment on function predraft.dead_jobs() is 'When each draft job that ended without attempts left was added.';
