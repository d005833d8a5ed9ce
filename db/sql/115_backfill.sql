-- Drafts that a person asks for beside the ordinary course: for older prompts' drafts, provisional ones, a backlog.

create or replace function predraft.backfill_kind(
  p_document jsonb, p_hash text, p_channel text, p_versions jsonb, p_remote boolean
) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when draft ->> 'content_hash' is distinct from p_hash then 'wanting'
    -- A content that killed its worker each time, or that the model declines: only request_draft(id, true) tries it again.
    when draft ->> 'fallback_reason' in ('poison', 'refused') then null
    when draft ->> 'provisional' = 'true' then 'provisional'
    when draft ->> 'source' = 'offline' then case when p_remote then 'provisional' end
    when draft ->> 'source' = 'llm' and p_remote
      and draft ->> 'prompt_version' is distinct from coalesce(p_versions ->> p_channel, p_versions ->> 'chat') then 'older_prompt'
  end
  from (select case when jsonb_typeof(p_document -> 'last_ai_draft') = 'object' then p_document -> 'last_ai_draft' end as draft) d
$$;
comment on function predraft.backfill_kind(jsonb, text, text, jsonb, boolean) is
  'What a backfill can do for an open interaction: it is wanting, its draft is provisional, or of an older_prompt than p_versions (channel to version) says. Null where nothing.';

create or replace function predraft.reusable_draft(p_interaction {{key}}, p_hash text, p_version text, p_remote boolean) returns bigint
language sql stable security definer set search_path = ''
as $$
  select max(d.id) from predraft.drafts d
  join predraft.interactions i on i.id = d.interaction_id and predraft.same_life(d, i.seller_id, i.external_id)
  where d.interaction_id = p_interaction and d.content_hash = p_hash and d.text is not null
    and d.outcome in ('saved', 'superseded', 'unprojected') and (d.source <> 'host' or d.outcome = 'saved')
    and case
      when p_version is not null then d.source = 'llm' and d.prompt_version = p_version
      else d.source in ('llm', 'host') or d.source = 'offline' and not p_remote
    end
$$;
comment on function predraft.reusable_draft({{key}}, text, text, boolean) is
  'The newest draft of the history that this content can have without a call: of this prompt version, or of any where that is null.';

create or replace function predraft.backfill(
  p_kinds text[], p_sellers {{seller_key}}[], p_since timestamptz, p_versions jsonb, p_remote boolean
) returns table (interaction_id {{key}}, seller_id {{seller_key}}, priority text, channel text, free boolean)
language plpgsql stable security definer rows 1000 set search_path = '' set jit = off
as $$
declare
  since constant timestamptz := coalesce(p_since, now() - predraft.setting('ai_draft_max_age_days')::int * interval '1 day');
begin
  return query
    with found as materialized (   -- evaluates the rules once a row
      select i.id::{{key}} as id, i.seller_id::{{seller_key}} as seller, i.external_id as external, i.priority as prio, i.channel as chan, i.content_hash as hash, i.occurred_at as at,
        i.channel is not distinct from 'review' and coalesce(btrim(i.text), '') = '' as wordless,
        case when k.kind = 'older_prompt' then coalesce(p_versions ->> i.channel, p_versions ->> 'chat') end as version
      from predraft.interactions i
      left join predraft.seller_settings s on s.seller_id = i.seller_id
      cross join lateral (select predraft.backfill_kind(i.extra_data, i.content_hash, i.channel, p_versions, p_remote) as kind offset 0) k
      where i.needs_response is true and i.status is distinct from 'responded'
        and predraft.can_hold(i.extra_data)
        and (p_sellers is null or i.seller_id = any(p_sellers))
        -- Only --since asks for a date; without it, a row without a date counts as new.
        and coalesce(greatest(i.occurred_at, i.last_message_at), case when p_since is null then 'infinity'::timestamptz end) >= since
        and coalesce(s.enabled and case i.channel
          when 'review' then s.review_enabled when 'question' then s.question_enabled else s.chat_enabled end, true)
        and k.kind = any(p_kinds)
        and i.id not in (select j.interaction_id from predraft.waiting_for_job(false) j)
    ),
    -- Like predraft.reusable_draft, for all at once.
    kept as materialized (
      select d.interaction_id as id, d.seller_id as seller, d.external_id as external, d.content_hash as hash, d.source,
        d.prompt_version as version
      from predraft.drafts d
      where d.source in ('llm', 'host', 'offline') and d.outcome in ('saved', 'superseded', 'unprojected') and d.text is not null
        and (d.source <> 'host' or d.outcome = 'saved')
    )
    select f.id, f.seller, f.prio, coalesce(f.chan, ''),
      f.wordless or exists (
        select from kept h
        where h.id = f.id and h.hash = f.hash
          and (h.seller is null or h.seller = f.seller) and (h.external is null or h.external is not distinct from f.external)
          and case when f.version is not null then h.source = 'llm' and h.version = f.version
            else h.source <> 'offline' or not p_remote end)
    from found f
    where not exists (select from predraft.draft_claims c where c.interaction_id = f.id and c.content_hash = f.hash)
    order by predraft.priority_rank(f.prio), f.at desc nulls last;
end $$;
comment on function predraft.backfill(text[], {{seller_key}}[], timestamptz, jsonb, boolean) is
  'What a backfill of these kinds (see backfill_kind) would draft: open, without a job, of these sellers (null: all), since then (null: ai_draft_max_age_days). free: no call is needed. Most urgent first, then newest. Takes no lock.';

create or replace function predraft.enqueue_backfill(ids {{key}}[], p_kinds text[], p_versions jsonb, p_remote boolean) returns int
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
declare
  added int;
  own_ids {{key}}[];
  own_keys text[];
begin
  perform pg_advisory_xact_lock({{lock.backfill}}, 0);   -- the second of two backfills at once sees the first one's jobs
  with due as materialized (
    select i.id, i.priority, i.occurred_at, i.content_hash, k.kind,
      predraft.draft_number(i.extra_data -> 'last_ai_draft') as standing,
      coalesce(p_versions ->> i.channel, p_versions ->> 'chat') as version
    from predraft.interactions i
    cross join lateral (select predraft.backfill_kind(i.extra_data, i.content_hash, i.channel, p_versions, p_remote) as kind) k
    where i.id = any(ids)
      and i.needs_response is true and i.status is distinct from 'responded' and predraft.can_hold(i.extra_data)
      and k.kind = any(p_kinds)
      and i.id not in (select j.interaction_id from predraft.waiting_for_job(false) j)
  ),
  -- A prompt that came back: its draft for this content is already in the history, paid for, and becomes the newest again.
  again as (
    insert into predraft.drafts (interaction_id, seller_id, external_id, content_hash, text, intent, sentiment, sla_priority, recommendation_reason,
      needs_escalation, escalation_reason, source, guardrail_warnings, request_model, response_model, prompt_version, cost_usd,
      trigger, outcome)
    select d.interaction_id, d.seller_id, d.external_id, d.content_hash, d.text, d.intent, d.sentiment, d.sla_priority, d.recommendation_reason,
      d.needs_escalation, d.escalation_reason, d.source, d.guardrail_warnings, d.request_model, d.response_model, d.prompt_version, 0,
      'upgrade', 'unprojected'
    from due
    join predraft.drafts d on d.id = predraft.reusable_draft(due.id, due.content_hash, due.version, p_remote)
    where due.kind = 'older_prompt' and d.id < due.standing
  ),
  keyed as materialized (
    select d.id, d.priority, d.occurred_at, 'draft:' || d.id || ':' || nextval('predraft.job_seq') || ':backfill' as key from due d
  ),
  jobs as (
    select graphile_worker.add_jobs(array_agg((
      'generate_draft',
      jsonb_build_object('interactionId', {{w.json_id}}, 'trigger', 'backfill')::json,
      null,
      coalesce(predraft.parked_until(w.id, w.occurred_at), predraft.job_run_at(w.occurred_at)),
      5,
      w.key,
      predraft.job_rank('backfill', w.priority),
      null
    )::graphile_worker.job_spec))
    from keyed w
    having count(*) > 0
  )
  select (select count(*) from jobs), array_agg(k.id), array_agg(k.key) into added, own_ids, own_keys from keyed k;
  perform predraft.own_jobs(own_ids, own_keys);
  return added;
end $$;
comment on function predraft.enqueue_backfill({{key}}[], text[], jsonb, boolean) is
  'Appends a job behind all fresh work for each of these interactions that still is of these kinds and has none. Returns how many.';
