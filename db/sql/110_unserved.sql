-- The sweep's search: the last resort after triggers and drains.

create or replace function predraft.is_refused(
  p_interaction {{key}}, p_hash text, p_seller {{seller_key}}, p_external_id text, p_provider text, p_model text
) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from predraft.drafts d
    where d.interaction_id = p_interaction and d.content_hash = p_hash and d.fallback_reason = 'refused'
      and d.provider = p_provider and d.request_model = p_model
      and predraft.same_life(d, p_seller, p_external_id))
$$;
comment on function predraft.is_refused({{key}}, text, {{seller_key}}, text, text, text) is
  'Whether a provider''s model has declined this content each time that it was asked.';

drop function if exists predraft.unserved(boolean);
drop function if exists predraft.upgrade_due(jsonb, {{seller_key}}, boolean);
create or replace function predraft.upgrade_due(
  p_draft jsonb, p_seller {{seller_key}}, p_remote boolean, p_provider text default null, p_model text default null
) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return case
    when p_draft ->> 'source' = 'offline' then p_remote and predraft.setting('ai_draft_redraft_offline') = 'true'
    when p_draft ->> 'provisional' is distinct from 'true' then false
    else case p_draft ->> 'fallback_reason'
      when 'poison' then false
      when 'refused' then p_model is not null and not exists (
        select from predraft.drafts d
        where d.id = predraft.draft_number(p_draft)
          and predraft.is_refused(d.interaction_id, d.content_hash, d.seller_id, d.external_id, p_provider, p_model))
      when 'llm_off' then predraft.setting('llm_enabled') = 'true'
      when 'daily_limit' then not exists (
        select from predraft.seller_usage u
        where u.seller_id = p_seller and u.win = 'day'
          and u.win_start = (select d.day_start from predraft.day_of(p_seller, now()) d)
          and u.calls >= predraft.setting('ai_draft_daily_limit')::int)
      -- A row that spent its attempts is tried again after 1, 2, 4 and 8 hours; then only after a content change or on request.
      when 'failed' then (
        select count(*) between 1 and 4
          and max(f.created_at) < now() - interval '1 hour' * power(2, count(*) - 1)
        from predraft.drafts d
        join predraft.drafts f on f.interaction_id = d.interaction_id and f.content_hash = d.content_hash
          and f.fallback_reason = 'failed' and f.seller_id is not distinct from d.seller_id
          and f.external_id is not distinct from d.external_id
        where d.id = predraft.draft_number(p_draft))
      else true
    end
  end;
end $$;
comment on function predraft.upgrade_due(jsonb, {{seller_key}}, boolean, text, text) is
  'Whether the reason of a provisional draft has gone away, so that a model may be asked again. p_remote: a remote provider is configured; p_provider and p_model: it is this one.';

create or replace function predraft.unserved(p_remote boolean, p_provider text default null, p_model text default null)
returns table (interaction_id {{key}})
language plpgsql stable security definer rows 1000 set search_path = ''
as $$
declare
  oldest constant timestamptz := now() - predraft.setting('ai_draft_max_age_days')::int * interval '1 day';
  held constant timestamptz := predraft.held_before();
begin
  if predraft.setting('ai_draft_pregenerate_enabled') <> 'true' then
    return;
  end if;
  return query
    select i.id::{{key}}   -- the host's key may be integer
    from predraft.interactions i
    left join predraft.seller_settings s on s.seller_id = i.seller_id
    where i.needs_response is true and i.status is distinct from 'responded'
      and predraft.can_hold(i.extra_data)
      and coalesce(greatest(i.occurred_at, i.last_message_at), 'infinity') >= oldest
      -- A backlog from before attach is drafted only on request; a row that predraft drafted once stays predraft's task.
      and (held is null or greatest(i.occurred_at, i.last_message_at) >= held
        or exists (select from predraft.drafts d where d.interaction_id = i.id))
      and coalesce(s.enabled and case i.channel
        when 'review' then s.review_enabled when 'question' then s.question_enabled else s.chat_enabled end, true)
      and i.id not in (select j.interaction_id from predraft.waiting_for_job(false) j)
      and not exists (select from predraft.draft_claims c where c.interaction_id = i.id and c.content_hash = i.content_hash)
      and (i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from i.content_hash
        or i.outdated
        or predraft.upgrade_due(i.extra_data -> 'last_ai_draft', i.seller_id, p_remote, p_provider, p_model))
    order by predraft.priority_rank(i.priority), i.occurred_at desc nulls last;
end $$;
comment on function predraft.unserved(boolean, text, text) is
  'Interactions that should have a job and have none: wanting, or provisional without a reason any more. Most urgent first, then newest. Takes no lock.';

drop function if exists predraft.uncovered_jobs(bigint, interval, int);   -- before version 6
create or replace function predraft.waiting_jobs(p_after bigint, p_age interval, p_limit int)
returns table (job_id bigint, interaction_id {{key}}, without_draft boolean)
language plpgsql stable security definer rows 100 set search_path = ''
set enable_sort = off set jit = off   -- reads ids in the order of the index: sorting 100,000 waiting jobs took 0.4 s, three times a second
as $$
begin
  return query
    with aged as materialized (
      select j.id::bigint as id, {{j.key_id}} as interaction
      from graphile_worker.jobs j
      where j.id > p_after and j.created_at < now() - p_age
        and j.task_identifier = 'generate_draft' and {{j.is_draft_key}}
      order by j.id limit p_limit
    )
    select a.id, a.interaction, exists (
      select from predraft.interactions i
      where i.id = a.interaction and i.needs_response is true and i.status is distinct from 'responded'
        and i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from i.content_hash)
    from aged a order by a.id;
end $$;
comment on function predraft.waiting_jobs(bigint, interval, int) is
  'Jobs added after job p_after that are older than p_age, and whether their interaction still shows no draft. For the provisional fallbacks of what has to wait.';
