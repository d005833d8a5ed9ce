-- Writes a paid result into the history first, in its own transaction, so that it is kept whatever happens next.

create or replace function predraft.record_draft(result jsonb) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  new_id bigint;
begin
  if result ->> 'source' = 'fallback' then
    -- A draft that waits to be shown because a host locked the row is projected again, not written again.
    select d.id into new_id from predraft.drafts d
    where d.interaction_id = (result ->> 'interaction_id')::{{key}} and d.content_hash = result ->> 'content_hash'
      and predraft.same_life(d, (result ->> 'seller_id')::{{seller_key}}, result ->> 'external_id')
      and d.source = 'fallback' and d.outcome = 'unprojected' and d.text = result ->> 'text'
      and d.fallback_reason is not distinct from result ->> 'fallback_reason'
      and d.request_model is not distinct from result ->> 'request_model'
    limit 1;
    if found then
      return new_id;
    end if;
  end if;
  insert into predraft.drafts (
    interaction_id, seller_id, external_id, content_hash, thread, seen_marks, text, intent, sentiment, sla_priority,
    recommendation_reason, needs_escalation, escalation_reason, source, fallback_reason, guardrail_warnings, provider, request_model,
    response_model, prompt_version, input_tokens, cached_input_tokens, output_tokens, cost_usd, duration_ms, finish_reason,
    error_code, trigger, outcome)
  select
    r.interaction_id, r.seller_id, r.external_id, r.content_hash, r.thread, r.seen_marks, r.text, r.intent, r.sentiment, r.sla_priority,
    r.recommendation_reason, r.needs_escalation, r.escalation_reason, r.source, r.fallback_reason, coalesce(r.guardrail_warnings, '[]'), r.provider,
    r.request_model, r.response_model, r.prompt_version, r.input_tokens, r.cached_input_tokens, r.output_tokens, r.cost_usd,
    r.duration_ms, r.finish_reason, r.error_code, r.trigger, r.outcome
  from jsonb_populate_record(null::predraft.drafts, result) r
  returning id into new_id;
  return new_id;
end $$;
comment on function predraft.record_draft(jsonb) is
  'Appends one row to the history from an object of its column names, and returns its id.';
