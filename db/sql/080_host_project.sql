-- Writes a draft of the history beside its interaction, by one statement that compares and sets.

create or replace function predraft.draft_document(draft predraft.drafts, provisional boolean, priority text) returns jsonb
language sql stable parallel safe set search_path = ''
as $$
  select jsonb_build_object(
    'draft_id', draft.id,
    'text', draft.text,
    'intent', draft.intent,
    'sentiment', draft.sentiment,
    'sla_priority', coalesce(draft.sla_priority, priority),
    'recommendation_reason', draft.recommendation_reason,
    'needs_escalation', coalesce(draft.needs_escalation, false),
    'escalation_reason', draft.escalation_reason,
    'source', draft.source,
    'provisional', provisional,
    'fallback_reason', draft.fallback_reason,
    'guardrail_warnings', draft.guardrail_warnings,
    'content_hash', draft.content_hash,
    'model', case when draft.source <> 'fallback' then coalesce(draft.response_model, draft.request_model) end,
    'prompt_version', draft.prompt_version,
    'generated_at', to_char(draft.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'pregenerated', draft.source in ('llm', 'offline') and coalesce(draft.trigger in ('pregenerate', 'upgrade'), false)
  )
$$;
comment on function predraft.draft_document(predraft.drafts, boolean, text) is
  'extra_data.last_ai_draft as it is written for a row of the history.';

create or replace function predraft.project_draft(p_draft_id bigint, p_provisional boolean) returns text
language plpgsql volatile security definer set search_path = '' set lock_timeout = '250ms'
as $$
#variable_conflict use_column
<<ours>>   -- a host may have a column named draft
declare
  draft predraft.drafts;
  carried bigint;
  verdict text;
begin
  select * into draft from predraft.drafts d where d.id = p_draft_id;
  if ours.draft.id is null then
    return 'gone';
  end if;
  if {{watched}} then
    carried := predraft.carried_over(ours.draft);
    if ours.carried <> p_draft_id then
      return predraft.project_draft(ours.carried, p_provisional);
    end if;
  end if;
  -- The history has the result. If a crash of Postgres undoes this, the sweep projects it again: no flush to disk needed.
  perform set_config('synchronous_commit', 'off', true);

  begin
    update {{table}} i
    set {{document}} = (
      case when jsonb_typeof({{i.doc}}) = 'object' then {{i.doc}} else '{}' end
      || jsonb_build_object('last_ai_draft',
           predraft.draft_document(ours.draft, p_provisional, case when ours.draft.sla_priority is null then {{i.effective_priority}} end)))::{{document_type}}
    where {{i.id}} = ours.draft.interaction_id
      and {{i.hash}} = ours.draft.content_hash
      and predraft.same_life(ours.draft, {{i.seller_id}}, {{i.external_id}})
      and predraft.can_hold({{i.doc}})
      and not (
        p_provisional   -- never over a final draft of this content
        and coalesce({{i.doc}} #>> '{last_ai_draft,content_hash}' = ours.draft.content_hash, false)
        and ({{i.doc}} #>> '{last_ai_draft,provisional}' is distinct from 'true'
          -- nor may a draft for a waiting job replace what that job has left in the meantime, as its last word
          or ours.draft.fallback_reason = 'waiting'
            and predraft.is_last_word({{i.doc}} #>> '{last_ai_draft,fallback_reason}'))
      );
    if found then
      verdict := 'saved';
    end if;
  exception when lock_not_available or deadlock_detected then
    return 'locked';
  end;

  verdict := coalesce(verdict, (
    select case
      when {{i.hash}} <> ours.draft.content_hash or not predraft.same_life(ours.draft, {{i.seller_id}}, {{i.external_id}}) then 'superseded'
      when not predraft.can_hold({{i.doc}}) then 'unholdable'
      else 'kept'
    end
    from {{table}} i where {{i.id}} = ours.draft.interaction_id), 'gone');
  update predraft.drafts d
  set outcome = case when verdict = 'saved' then 'saved' when verdict = 'superseded' then 'superseded' else d.outcome end
  where d.id = p_draft_id and d.outcome in ('unprojected', 'superseded');
  if verdict = 'gone' then   -- recorded after the deletion of its interaction was handled
    perform predraft.note_misses(array[ours.draft.interaction_id], 'deleted');
  end if;
  return verdict;
end $$;
comment on function predraft.project_draft(bigint, boolean) is
  'Writes a draft of the history into its interaction where the content is still the one it was made for, and the seller''s. Answers saved, superseded, kept (a final one stands), unholdable, gone, or locked (the row was held for over 250 ms; nothing is lost).';
