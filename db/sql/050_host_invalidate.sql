-- Before a row is written: settle which draft it keeps. A stale one never gets in, a fresh one never gets lost.

create or replace function predraft.settle_draft(
  incoming jsonb,     -- the draft in the new row; SQL null: none, JSON null: cleared on purpose
  standing jsonb,     -- the draft in the old row
  hash text           -- of the new row
) returns jsonb
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when incoming = 'null'::jsonb then null
    when incoming ->> 'content_hash' = hash and case
      when (standing ->> 'content_hash' = hash) is not true then true
      -- If only one of the two is final, it wins, whatever their numbers.
      when coalesce(standing ->> 'provisional' = 'true', false) <> coalesce(incoming ->> 'provisional' = 'true', false)
        then standing ->> 'provisional' = 'true'
      -- A job's last word wins over its "waiting" draft: written at the same time, either may have the higher number.
      when standing ->> 'fallback_reason' = 'waiting' and predraft.is_last_word(incoming ->> 'fallback_reason') then true
      when incoming ->> 'fallback_reason' = 'waiting' and predraft.is_last_word(standing ->> 'fallback_reason') then false
      else coalesce(predraft.draft_number(standing) <= coalesce(predraft.draft_number(incoming), 0), true)
    end then incoming
    when standing ->> 'content_hash' = hash then standing
  end
$$;
comment on function predraft.settle_draft(jsonb, jsonb, text) is
  'The draft a row may carry: the incoming one where it is fresh and no newer fresh one stands (a final one yields to no provisional, a job''s last word to nothing that waits), else the standing one where fresh, else none.';

create or replace function predraft.comes_late(
  interaction {{key}}, seller {{seller_key}}, external_id text, standing jsonb, draft jsonb, hash text
) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  former text;
begin
  if (standing ->> 'content_hash' = hash and standing ->> 'source' <> 'host') is not true then
    return false;
  end if;
  -- Another program may take minutes from reading the content to writing its draft, because some retry so long.
  select c.old_hash into former from predraft.content_changes c
  where c.interaction_id = interaction and c.at > clock_timestamp() - interval '5 minutes' order by c.at desc limit 1;
  if not found then
    return false;
  end if;
  insert into predraft.drafts (interaction_id, seller_id, external_id, content_hash, text, source, outcome)
  select interaction, seller, external_id, former, draft ->> 'text', 'host', 'superseded'
  where not exists (   -- hosts repeat their writes
    select from predraft.drafts d
    where d.interaction_id = interaction and d.text = draft ->> 'text' and d.source = 'host' and d.outcome = 'superseded');
  return true;
end $$;
comment on function predraft.comes_late({{key}}, {{seller_key}}, text, jsonb, jsonb, text) is
  'Whether another writer''s draft without a hash may have been made for content that changed meanwhile, while a draft of ours stands that was not: it is kept in history as superseded, under the former content.';

drop function if exists predraft.adopt_draft({{key}}, {{seller_key}}, jsonb, text);
create or replace function predraft.adopt_draft(
  interaction {{key}}, seller {{seller_key}}, external_id text, draft jsonb, hash text
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  kept bigint;
begin
  -- A text known under another hash is no new draft, but a snapshot of an older one that lost its hash.
  if exists (
    select from predraft.drafts d
    where d.interaction_id = interaction and d.text = draft ->> 'text' and d.content_hash <> hash
      and predraft.same_life(d, seller, adopt_draft.external_id)
  ) then
    return null;
  end if;
  select max(d.id) into kept from predraft.drafts d
  where d.interaction_id = interaction and d.text = draft ->> 'text' and d.content_hash = hash and d.source = 'host'
    and d.outcome = 'saved' and predraft.same_life(d, seller, adopt_draft.external_id);
  if kept is null then
    insert into predraft.drafts (interaction_id, seller_id, external_id, content_hash, text, source, outcome)
    values (interaction, seller, adopt_draft.external_id, hash, draft ->> 'text', 'host', 'saved')
    returning id into kept;
  end if;
  return draft || jsonb_build_object('draft_id', kept, 'content_hash', hash, 'source', 'host', 'provisional', false,
    'sla_priority', coalesce(draft ->> 'sla_priority', 'normal'));
end $$;
comment on function predraft.adopt_draft({{key}}, {{seller_key}}, text, jsonb, text) is
  'Takes another writer''s draft without a hash as made for this content: stamped, kept in history as source host. Null where its text belongs to other content.';

create or replace function predraft.tg_invalidate() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  new_doc jsonb;
  old_doc jsonb;
  incoming jsonb;
  standing jsonb;
  settled jsonb;
  hash text;
  stamp text;
  is_settled boolean := false;
  is_moved boolean := false;   -- to another seller
  {{settled_variables}}
begin
  {{guarded}}
  if tg_op = 'UPDATE' then
    -- Hosts re-write hundreds of unchanged rows each cycle: nearly all of them leave here. An unchanged draft beside unchanged content
    -- was settled when it came. (Its hash is not computed again: that would take a third of the time of this trigger.)
    is_moved := {{new.seller_id}} is distinct from {{old.seller_id}};
    if {{touches_are_known}} and not is_moved and {{new.content}} is not distinct from {{old.content}} then
      {{settled_where_kept}}
    end if;
    if not is_settled or {{new.id}} <> {{old.id}}
      or {{new.open}} is distinct from {{old.open}} or {{new.priority}} is distinct from {{old.priority}}
    then
      -- For tg_updated, which compares rows only if a row of the statement sets this.
      stamp := extract(epoch from statement_timestamp())::text;
      if current_setting('predraft.touched', true) is distinct from stamp then
        perform set_config('predraft.touched', stamp, true);
      end if;
    end if;
    if is_settled then
      return new;
    end if;
  end if;

  new_doc := {{new.doc}};
  if jsonb_typeof(new_doc) = 'object' then
    incoming := new_doc -> 'last_ai_draft';
  elsif not predraft.can_hold(new_doc) then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    old_doc := {{old.doc}};
    if jsonb_typeof(old_doc) = 'object' then
      standing := nullif(old_doc -> 'last_ai_draft', 'null'::jsonb);
    end if;
  elsif incoming = 'null'::jsonb then
    return new;   -- an upsert's proposed row: a cleared draft must reach EXCLUDED as cleared
  end if;
  if incoming is null and standing is null then
    return new;
  end if;

  begin
    hash := {{new.hash}};
    if is_moved then
      settled := null;   -- written for the other seller
    elsif tg_op = 'UPDATE' and jsonb_typeof(incoming) = 'object' and incoming ->> 'content_hash' is null
      and coalesce(jsonb_typeof(incoming -> 'text') = 'string' and incoming ->> 'text' <> '', false)
      and (incoming ->> 'text' is distinct from standing ->> 'text'   -- our draft, written back without the fields that the host lacks
        or standing ->> 'content_hash' is null and predraft.adopts_existing())   -- there before predraft
      and {{old.hash}} = hash
    then
      if predraft.comes_late({{new.id}}, {{new.seller_id}}, {{new.external_id}}, standing, incoming, hash) then
        incoming := null;
      else
        incoming := predraft.adopt_draft({{new.id}}, {{new.seller_id}}, {{new.external_id}}, incoming, hash);
      end if;
      settled := coalesce(incoming, predraft.settle_draft(null, standing, hash));
    else
      settled := predraft.settle_draft(incoming, standing, hash);
    end if;

    if settled is null and new_doc ? 'last_ai_draft' then
      new.{{document}} := (new_doc - 'last_ai_draft')::{{document_type}};
    elsif settled is distinct from new_doc -> 'last_ai_draft' then
      new.{{document}} := (case when jsonb_typeof(new_doc) = 'object' then new_doc else '{}' end
        || jsonb_build_object('last_ai_draft', settled))::{{document_type}};
    end if;
  exception when others then
    -- The host's row matters more than our draft; the hash reveals a stale one.
    raise warning 'predraft: draft not settled (%): %', sqlstate, sqlerrm;
  end;
  return new;
  {{or_left_alone}}
end $$;
comment on function predraft.tg_invalidate() is
  'Before each row: keeps a fresh draft through rewrites of the whole document, drops a stale one and another seller''s, stamps another writer''s. Never fails the statement.';
