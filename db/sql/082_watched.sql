-- A watched host's drafts and the marks of its threads (039_host_watch.sql).

create or replace function predraft.carries_over(
  draft predraft.drafts, p_thread text, p_lines jsonb, p_words text, p_at timestamptz
) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return draft.seen_marks <> '{}' and draft.text is not null and draft.source = 'llm'
    and draft.outcome in ('saved', 'superseded', 'unprojected') and draft.created_at > now() - interval '1 hour'
    and not predraft.has_unseen_mark(p_thread, draft.seen_marks)
    and predraft.ends_with(p_lines, 'in', p_words, p_at);
end $$;
comment on function predraft.carries_over(predraft.drafts, text, jsonb, text, timestamptz) is
  'Whether a draft that was made for a line before the interaction mirrored it is the draft for what the interaction says now: it has seen all that the buyer wrote, and the interaction mirrors the last line.';

create or replace function predraft.carried_over(draft predraft.drafts) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  i record;
  copy predraft.drafts := draft;
begin
  if (draft.seen_marks <> '{}') is not true then
    return draft.id;
  end if;
  select v.seller_id, v.external_id, v.thread, v.text, v.last_message_text, v.last_message_at, v.content_hash
  into i from predraft.interactions v where v.id = draft.interaction_id and v.channel = 'chat';
  if not found or i.content_hash = draft.content_hash or not predraft.same_life(draft, i.seller_id, i.external_id)
    or not predraft.carries_over(draft, i.thread, predraft.thread(draft.interaction_id),
      coalesce(nullif(i.last_message_text, ''), i.text), i.last_message_at)
  then
    return draft.id;
  end if;
  insert into predraft.drafts (interaction_id, seller_id, external_id, content_hash, thread, seen_marks, text, intent, sentiment,
    sla_priority, recommendation_reason, needs_escalation, escalation_reason, source, fallback_reason, guardrail_warnings,
    request_model, response_model, prompt_version, cost_usd, trigger, outcome)
  values (copy.interaction_id, copy.seller_id, copy.external_id, i.content_hash, copy.thread, copy.seen_marks, copy.text, copy.intent, copy.sentiment,
    copy.sla_priority, copy.recommendation_reason, copy.needs_escalation, copy.escalation_reason, copy.source, copy.fallback_reason, copy.guardrail_warnings,
    copy.request_model, copy.response_model, copy.prompt_version, 0, copy.trigger, 'unprojected')
  returning id into copy.id;
  return copy.id;
end $$;
comment on function predraft.carried_over(predraft.drafts) is
  'The draft itself, or a copy of it under the content as it is now, at no cost, where carries_over says that it is the draft for that.';

-- Standing drafts from before messages were watched get their thread.
update predraft.drafts d set thread = i.thread
from predraft.interactions i
where {{watched}} and i.channel = 'chat' and i.needs_response is true and i.thread is not null
  and d.thread is null and d.interaction_id = i.id and d.content_hash = i.content_hash;
