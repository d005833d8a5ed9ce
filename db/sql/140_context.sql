-- Everything for decide() and the prompt, in one query.

drop function if exists predraft.draft_context({{key}}, text);   -- before version 6
drop function if exists predraft.draft_context({{key}}, text, text);
create or replace function predraft.draft_context(
  p_interaction {{key}}, p_provider text, p_trigger text, p_model text default null
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$   -- stable: reads everything at one instant, so that the thread fits the hash
declare
  i record;
  settings predraft.seller_settings;
  voice jsonb;
  kind text;
  lines jsonb := '[]';   -- a chat's messages
  words text;            -- the interaction's own
  context jsonb;
begin
  select v.id, v.seller_id, v.marketplace, v.channel, v.rating, v.text, v.subject, v.external_id, v.customer_name, v.order_id, v.nm_id,
    v.product_name, v.status, v.priority, v.needs_response, v.occurred_at, v.last_message_text, v.last_message_at,
    v.extra_data, v.content_hash, v.thread, v.outdated
  into i from predraft.interactions v where v.id = p_interaction;
  if not found then
    return null;
  end if;
  select * into settings from predraft.seller_settings s where s.seller_id = i.seller_id;
  voice := predraft.seller_voice(i.seller_id);
  kind := predraft.call_kind(p_trigger, i.priority);
  words := coalesce(nullif(i.last_message_text, ''), i.text);
  if i.channel = 'chat' then
    lines := predraft.thread(i.id);
  end if;

  context := jsonb_build_object(
    'interaction', jsonb_build_object(
      'id', i.id::text, 'sellerId', i.seller_id::text,   -- text, because JSON numbers end at 2^53
      'marketplace', i.marketplace, 'channel', i.channel, 'rating', i.rating,
      'text', predraft.excerpt(i.text), 'subject', left(i.subject, 2000), 'customerName', left(i.customer_name, 300),
      'orderId', left(i.order_id, 200), 'priority', i.priority,
      'lastMessageText', predraft.excerpt(i.last_message_text),
      'open', i.needs_response is true and i.status is distinct from 'responded',
      'holds', predraft.can_hold(i.extra_data),
      'answered', predraft.ends_with(lines, 'out', words, i.last_message_at),
      'ageSeconds', case when isfinite(greatest(i.occurred_at, i.last_message_at))
        then extract(epoch from now() - greatest(i.occurred_at, i.last_message_at)) end,
      'hash', i.content_hash),
    'draft', case when i.extra_data #>> '{last_ai_draft,content_hash}' = i.content_hash and not i.outdated
      then i.extra_data -> 'last_ai_draft' end,
    'thread', lines,
    'product', predraft.product(i.seller_id, i.nm_id, i.id),
    'productName', i.product_name,
    'seller', jsonb_build_object(
      'enabled', coalesce(settings.enabled and case i.channel
        when 'review' then settings.review_enabled when 'question' then settings.question_enabled
        else settings.chat_enabled end, true),
      'tone', voice ->> 'tone', 'signature', voice ->> 'signature', 'ownRules', voice ->> 'own_rules'),
    'settings', jsonb_build_object(
      'pregenerate', predraft.setting('ai_draft_pregenerate_enabled') = 'true',
      'maxAgeDays', predraft.setting('ai_draft_max_age_days')::int),
    -- More of the interaction for each row in the history.
    'identity', jsonb_build_object('external_id', i.external_id, 'thread', case when {{watched}} then i.thread end,
      'seen_marks', case when {{watched}} then (
        select coalesce(jsonb_agg(m.id::text), '[]') from predraft.thread_marks m where m.thread = i.thread) end),
    'restorable', (
      select jsonb_build_object('draftId', d.id::text, 'source', d.source, 'promptVersion', d.prompt_version,
        -- paid for, and newer than the standing draft: the host's row was locked when this one came
        'overdue', d.outcome = 'unprojected' and d.id > coalesce(predraft.draft_number(i.extra_data -> 'last_ai_draft'), 0))
      from predraft.drafts d
      where d.interaction_id = i.id and d.text is not null
        and (d.content_hash = i.content_hash or {{watched}} and predraft.carries_over(d, i.thread, lines, words, i.last_message_at))
        and not ({{watched}} and predraft.has_unseen_mark(i.thread, d.seen_marks))
        and d.source in ('llm', 'host', 'offline') and d.outcome in ('saved', 'superseded', 'unprojected')
        and (d.source <> 'host' or d.outcome = 'saved')   -- only the host knows the content of its other drafts
        and predraft.same_life(d, i.seller_id, i.external_id)
      order by d.source = 'offline', d.id desc limit 1),
    'poisoned', exists (
      select from predraft.drafts d
      where d.interaction_id = i.id and d.content_hash = i.content_hash and d.fallback_reason = 'poison'
        and predraft.same_life(d, i.seller_id, i.external_id)),
    -- This provider's model declines this content.
    'refused', predraft.is_refused(i.id, i.content_hash, i.seller_id, i.external_id, p_provider, p_model),
    'callKind', kind,
    'limit', (
      -- Ends of windows by the server's clock, in whole seconds; also as durations, because clocks differ.
      select jsonb_build_object('why', l.why, 'until', extract(epoch from l.until) * 1000,
        'forMs', greatest(extract(epoch from l.until - clock_timestamp()) * 1000, 0))
      from predraft.limit_for(i.seller_id, p_provider, kind, clock_timestamp()) l where l.why is not null),
    'debouncedForMs', case when i.channel = 'chat' then
      extract(epoch from predraft.debounced_until(i.id) - clock_timestamp()) * 1000 end);
  return context;
end $$;
comment on function predraft.draft_context({{key}}, text, text, text) is
  'One interaction with its draft, thread, product, seller, history and the limit that is in the way of a call for this trigger, as JSON for tasks/generate_draft. Null where it is gone.';
