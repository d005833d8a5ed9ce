-- Other ways to get a job: by id, on request, and parked until later.

create or replace function predraft.enqueue_ids(ids {{key}}[]) returns int
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return predraft.add_drafts((
    select array_agg((i.id, i.priority, i.occurred_at)::predraft.want)
    from predraft.interactions i
    where i.id = any(ids)
      and i.needs_response is true and i.status is distinct from 'responded'
      and predraft.can_hold(i.extra_data)
      and (i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from i.content_hash
        or i.extra_data #>> '{last_ai_draft,provisional}' = 'true'
        or i.extra_data #>> '{last_ai_draft,source}' = 'offline'
        or i.outdated)
  ));
end $$;
comment on function predraft.enqueue_ids({{key}}[]) is
  'Appends a job for each of these interactions that is open and without a final draft. Returns how many.';

create or replace function predraft.request_draft(interaction_id {{key}}, force boolean default false) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  kind constant text := case when force then 'force' else 'on_demand' end;
  key constant text := format('draft:%s:%s:%s', interaction_id, nextval('predraft.job_seq'), kind);
begin
  if interaction_id is null then
    raise exception 'request_draft needs an interaction id' using errcode = 'null_value_not_allowed';
  end if;
  -- The key contains the kind, because a reaper that adds the job again sees keys, never payloads.
  perform graphile_worker.add_job(
    'generate_draft',
    json_build_object('interactionId', predraft.json_key(interaction_id), 'trigger', kind),
    run_at := '2000-01-01 UTC',
    max_attempts := 5,
    job_key := key,
    priority := -10);
  perform predraft.own_jobs(array[interaction_id], array[key]);
  perform pg_catalog.pg_notify('predraft_urgent', '');
end $$;
comment on function predraft.request_draft({{key}}, boolean) is
  'Asks for a draft ahead of everything else. force makes a new one even where a final draft stands. Safe to call from any client, any number of times.';

create or replace function predraft.job_rank(p_kind text, p_priority text) returns int
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_kind in ('on_demand', 'force') then -10
    when p_kind = 'upgrade' then 40 + predraft.priority_rank(p_priority)
    when p_kind = 'backfill' then 80 + predraft.priority_rank(p_priority) / 10
    else predraft.priority_rank(p_priority)
  end
$$;
comment on function predraft.job_rank(text, text) is
  'A job''s place in the queue by its kind and its interaction''s priority: asked for -10, fresh work 0 to 30, an upgrade after an outage 40 to 70, a backfill 80 to 83.';

create or replace function predraft.due_at(p_until timestamptz, p_occurred_at timestamptz) returns timestamptz
language sql stable parallel safe set search_path = ''
as $$
  -- In microseconds: one for each second of age during the first day, then one a minute. 90 days make a fifth of a second.
  select p_until + interval '1 microsecond' * (least(age.seconds, 86400) + greatest(age.seconds - 86400, 0) / 60)::int
  from (
    select least(greatest(coalesce(extract(epoch from now() - case when isfinite(p_occurred_at) then p_occurred_at end), 0), 0), 7776000) as seconds
  ) age
$$;
comment on function predraft.due_at(timestamptz, timestamptz) is
  'When a job is due that waits until a time: that time plus microseconds by age, so that of those due together the newest goes first.';

create or replace function predraft.park_draft(
  p_interaction {{key}}, p_until timestamptz, p_attempts int, p_payload jsonb
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  i record;
  key constant text := 'later:' || p_interaction || coalesce(':' || (p_payload ->> 'trigger'), '');
begin
  select priority, occurred_at into i from predraft.interactions where id = p_interaction;
  if not found then
    -- The job's holder may have recorded a draft, and died before it saw that the interaction was gone.
    perform predraft.note_misses(array[p_interaction], 'deleted');
    return;
  end if;
  perform graphile_worker.add_job(
    'generate_draft',
    (p_payload || jsonb_build_object('interactionId', predraft.json_key(p_interaction)))::json,
    run_at := predraft.due_at(p_until, i.occurred_at),
    max_attempts := greatest(p_attempts, 1),
    job_key := key,
    priority := predraft.job_rank(p_payload ->> 'trigger', i.priority));
  perform predraft.own_jobs(array[p_interaction], array[key]);
end $$;
comment on function predraft.park_draft({{key}}, timestamptz, int, jsonb) is
  'Puts an interaction''s job off until a time, with the attempts that were left. One parked job an interaction and kind; the newest call wins.';

create or replace function predraft.return_draft(p_interaction {{key}}, p_attempts int, p_payload jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  i record;
  kind constant text := p_payload ->> 'trigger';
  key constant text := 'draft:' || p_interaction || ':' || nextval('predraft.job_seq') || coalesce(':' || kind, '');
begin
  select priority, occurred_at into i from predraft.interactions where id = p_interaction;
  if not found then
    -- The job's holder may have recorded a draft, and died before it saw that the interaction was gone.
    perform predraft.note_misses(array[p_interaction], 'deleted');
    return;
  end if;
  perform graphile_worker.add_job(
    'generate_draft',
    (p_payload || jsonb_build_object('interactionId', predraft.json_key(p_interaction)))::json,
    run_at := predraft.job_run_at(i.occurred_at),
    max_attempts := greatest(p_attempts, 1),
    job_key := key,
    priority := predraft.job_rank(kind, i.priority));
  perform predraft.own_jobs(array[p_interaction], array[key]);
end $$;
comment on function predraft.return_draft({{key}}, int, jsonb) is
  'Gives a job back unfinished, in its old place and with the attempts that were left: a shutdown or a dead worker spends none.';
