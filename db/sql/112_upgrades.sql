-- After an outage: interactions with a provisional draft get a final one, after fresh work.

create or replace function predraft.enqueue_upgrades(p_limit int) returns int
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
declare
  oldest constant timestamptz := now() - predraft.setting('ai_draft_max_age_days')::int * interval '1 day';
begin
  if predraft.setting('ai_draft_pregenerate_enabled') <> 'true' then
    return 0;
  end if;
  -- One process after the other: the second sees the first one's jobs, and jobs that ended since.
  perform pg_advisory_xact_lock({{lock.upgrades}});
  return predraft.add_drafts((
    select array_agg((u.id, u.priority, u.occurred_at)::predraft.want)
    from (
      select c.id, c.priority, c.occurred_at
      from (
        select i.id, i.priority, i.occurred_at
        from predraft.interactions i
        left join predraft.seller_settings s on s.seller_id = i.seller_id
        where i.needs_response is true and i.status is distinct from 'responded'
          and predraft.can_hold(i.extra_data)
          and i.extra_data #>> '{last_ai_draft,content_hash}' = i.content_hash
          and i.extra_data #>> '{last_ai_draft,provisional}' = 'true'
          and coalesce(greatest(i.occurred_at, i.last_message_at), 'infinity') >= oldest
          and coalesce(s.enabled and case i.channel
            when 'review' then s.review_enabled when 'question' then s.question_enabled else s.chat_enabled end, true)
          -- A running job does not count, because it may have found the provider down, and be about to end.
          and i.id not in (select j.interaction_id from predraft.jobs() j where j.locked_at is null)
          and (i.extra_data #>> '{last_ai_draft,fallback_reason}' in ('provider_down', 'waiting', 'failed')
            or predraft.upgrade_due(i.extra_data -> 'last_ai_draft', i.seller_id, true))
        order by predraft.priority_rank(i.priority), i.occurred_at desc nulls last
        limit greatest(p_limit, 1000)
      ) c
      -- A single row tests whether the outage is over: the one whose last failure is oldest, because some rows always fail.
      order by case when p_limit = 1 then (
          select max(d.id) from predraft.drafts d where d.interaction_id = c.id and d.outcome = 'failed') end nulls first,
        predraft.priority_rank(c.priority), c.occurred_at desc nulls last
      limit p_limit
    ) u), '{"trigger": "upgrade"}');
end $$;
comment on function predraft.enqueue_upgrades(int) is
  'Appends a job behind all fresh work for up to so many interactions that show a provisional draft whose reason an outage was or may have been, and have no job waiting. Returns how many. A single one is to try the service: never the same row twice in turn, unless there is no other.';
