-- Work that a trigger left out of the host's statement, done now.

create or replace function predraft.remove_jobs(ids {{key}}[]) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  doomed bigint[];
begin
  select array_agg(j.job_id) into doomed
  from predraft.jobs_of(ids) j where j.locked_at is null;
  if doomed is not null then
    perform graphile_worker.complete_jobs(doomed);
  end if;
  delete from predraft.job_owners o where o.interaction_id = any(ids);
  return coalesce(cardinality(doomed), 0);
end $$;
comment on function predraft.remove_jobs({{key}}[]) is
  'Removes the waiting jobs of these interactions; one that runs finds its interaction gone.';

create or replace function predraft.raise_priorities(ids {{key}}[], keys text[]) returns int
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
declare
  raised int;
  urgent boolean;
begin
  -- The job itself moves, because two jobs of one row would each have their own attempts. A running or failed job stays as it is.
  with waiting as materialized (
    select j.id::bigint as job_id, i.occurred_at, i.priority, j.priority as rank
    from unnest(ids, keys) u(id, key)
    join graphile_worker.jobs j on j.key = u.key and j.locked_at is null and j.attempts = 0
    join predraft.interactions i on i.id = u.id
    offset 0   -- the rules read each text once
  ),
  removed as materialized (
    select r.id, r.key, r.payload, r.run_at, r.max_attempts
    from graphile_worker.complete_jobs(array(select w.job_id from waiting w where predraft.priority_rank(w.priority) < w.rank)) r
  ),
  added as (
    select graphile_worker.add_jobs(array_agg((
      'generate_draft', r.payload, null,
      -- Urgent work waits for no limit of its seller, only for a buyer who is still writing.
      case when w.priority = 'urgent' then coalesce(predraft.debounced_until((r.payload ->> 'interactionId')::{{key}}), predraft.job_run_at(w.occurred_at))
        else r.run_at end,
      r.max_attempts, r.key, predraft.priority_rank(w.priority), null
    )::graphile_worker.job_spec))
    from removed r join waiting w on w.job_id = r.id
    having count(*) > 0
  )
  select (select count(*) from added), exists (select from removed r join waiting w on w.job_id = r.id where w.priority = 'urgent')
  into raised, urgent;
  if urgent then
    perform pg_catalog.pg_notify('predraft_urgent', '');
  end if;
  return raised;
exception when deadlock_detected then
  return 0;   -- another statement moved or removed the same jobs
end $$;
comment on function predraft.raise_priorities({{key}}[], text[]) is
  'Moves waiting jobs, which came in before anybody had read the words of their interactions, to where these words put them, if that is further in front. Returns how many.';

create or replace function predraft.take_marks(p_limit int) returns {{key}}[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids {{key}}[];
begin
  with taken as (
    update predraft.thread_marks m set enqueued = true
    where m.id in (
      select id from predraft.thread_marks
      -- Most hosts mirror a message into its interaction within a moment, which brings a job of its own.
      where not enqueued and at < clock_timestamp() - interval '2 seconds'
      order by id limit p_limit for update skip locked)
    returning m.thread
  )
  select array_agg(distinct d.interaction_id) into ids from taken t join predraft.drafts d on d.thread = t.thread;
  perform predraft.debounce(ids);
  perform predraft.notify_drafts('invalidated', (
    select jsonb_agg(jsonb_build_object('id', i.id, 'seller_id', i.seller_id, 'hash', i.content_hash))
    from predraft.interactions i
    where i.id = any(ids) and i.outdated and i.needs_response is true and i.status is distinct from 'responded'));
  return ids;
end $$;
comment on function predraft.take_marks(int) is
  'Interactions of threads in which a buyer has written since the last call, for as many marks; listeners hear of those whose draft is outdated.';

create or replace function predraft.drain_misses(p_limit int default 1000) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  done int;
  missed {{key}}[];
  deleted {{key}}[];
  ends timestamptz[];   -- the ends of the deleted lives
  truncated timestamptz;
  unjudged {{key}}[];
  keys text[];
begin
  with taken as (
    delete from predraft.enqueue_misses m
    where m.id in (
      -- Newest first, as everywhere, so that a load of a million rows does not delay what comes after it.
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
         array_agg(substr(t.reason, 10)) filter (where t.reason like 'unjudged %')
  into done, missed, deleted, ends, truncated, unjudged, keys
  from taken t;
  -- A deleted id can be inserted again; what was made before the deletion belongs to the former life.
  delete from predraft.drafts d using unnest(deleted, ends) as life(id, ended_at)
  where d.interaction_id = life.id and d.created_at < life.ended_at;
  if truncated is not null then
    delete from predraft.drafts d where d.created_at < truncated;
    select array_agg(known.id) into deleted
    from (
      select interaction_id as id from predraft.drafts
      union select interaction_id from predraft.draft_claims
      union select j.interaction_id from predraft.jobs() j
      union select interaction_id from predraft.job_owners
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
  if {{watched}} then
    missed := missed || predraft.take_marks(p_limit);
  end if;
  if missed is not null then
    if predraft.setting('ai_draft_debounce_seconds') <> '0' then   -- the trigger's own was rolled back, or left out as well
      perform predraft.debounce((
        select array_agg(i.id) from predraft.interactions i
        where i.id = any(missed) and i.channel = 'chat' and i.needs_response is true
          and i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from i.content_hash));
    end if;
    perform predraft.enqueue_ids(missed);
  end if;
  perform predraft.raise_priorities(unjudged, keys);
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
