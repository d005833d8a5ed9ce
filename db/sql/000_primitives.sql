-- The base of all other files: the content hash, and small safe casts.

create or replace function predraft.content_hash(
  channel text,
  rating int,
  body text,
  last_message_text text,
  last_message_at timestamptz
) returns text
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  -- Each field carries its length, so that no text can imitate a neighbour; the instant goes in as the
  -- epoch at UTC, so that no session's TimeZone or DateStyle changes the hash.
  return pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
    'v1|'
    || coalesce(octet_length(channel) || ':' || channel, '-')
    || coalesce(octet_length(rating::text) || ':' || rating::text, '-')
    || coalesce(octet_length(nullif(body, '')) || ':' || body, '-')
    || coalesce(octet_length(nullif(last_message_text, '')) || ':' || last_message_text, '-')
    || coalesce(
         octet_length(extract(epoch from last_message_at at time zone 'UTC')::text)
         || ':' || extract(epoch from last_message_at at time zone 'UTC')::text, '-'),
    'UTF8')), 'hex');
end $$;
comment on function predraft.content_hash(text, int, text, text, timestamptz) is
  'Identity of what a buyer said: sha256 hex over channel, rating, text and the latest buyer message. No session setting changes it.';

create or replace function predraft.as_jsonb(document json) returns jsonb
language plpgsql immutable parallel unsafe set search_path = ''   -- before PostgreSQL 17 no subtransaction runs in parallel mode
as $$
begin
  return document::jsonb;
exception when others then   -- cheaper than a search for what could fail
  return case when document is not null then '"unreadable"'::jsonb end;
end $$;
comment on function predraft.as_jsonb(json) is
  'A json document as jsonb; one that jsonb cannot hold (\u0000, lone surrogates, huge numbers) becomes a JSON string, which no draft is put into.';

create or replace function predraft.as_jsonb(document jsonb) returns jsonb
language sql immutable parallel safe set search_path = ''
as $$ select document $$;
comment on function predraft.as_jsonb(jsonb) is 'The document itself: the jsonb twin of as_jsonb(json).';

create or replace function predraft.keeps_draft_parsed(before json, after json) returns boolean
language plpgsql immutable parallel unsafe set search_path = ''
as $$
declare
  draft text;
begin
  draft := after -> 'last_ai_draft';   -- not above, because errors there are not caught
  -- As text: the same draft in another spelling counts as another draft, which gets a close look.
  return json_typeof(before) is not distinct from json_typeof(after)
    and draft is not distinct from (before -> 'last_ai_draft')::text
    and (draft is null or strpos(draft, '"content_hash"') > 0);
exception when others then   -- documents that jsonb cannot hold
  return false;
end $$;
comment on function predraft.keeps_draft_parsed(json, json) is 'What keeps_draft(json, json) says, by reading both documents whole.';

create or replace function predraft.keeps_draft(before json, after json) returns boolean
language plpgsql stable parallel unsafe set search_path = ''
as $$
declare
  {{byte_variables}}
begin
  -- Parsing two documents takes longer than the host's UPDATE of the row.
  {{kept_by_bytes}}
  return kept is true or predraft.keeps_draft_parsed(before, after);
end $$;
comment on function predraft.keeps_draft(json, json) is
  'Whether both documents are of one kind and carry the same stamped draft, or none. False as well where it cannot be told.';

create or replace function predraft.keeps_draft(before jsonb, after jsonb) returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
  draft constant jsonb := after -> 'last_ai_draft';
begin
  return jsonb_typeof(before) is not distinct from jsonb_typeof(after)
    and draft is not distinct from before -> 'last_ai_draft'
    and (draft is null or draft ->> 'content_hash' is not null);
end $$;
comment on function predraft.keeps_draft(jsonb, jsonb) is 'The jsonb twin of keeps_draft(json, json).';

create or replace function predraft.document_value(document jsonb, key text) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case when jsonb_typeof(document -> key) in ('string', 'number')
    then nullif(btrim(document ->> key, E' \t\r\n'), '') end
$$;
comment on function predraft.document_value(jsonb, text) is
  'A string or number of a document, trimmed; null where the key holds anything else or nothing.';

create or replace function predraft.document_text(document jsonb, keys text[]) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select predraft.document_value(document, k.key)
  from unnest(keys) with ordinality k(key, place)
  where jsonb_typeof(document -> k.key) = 'string' and predraft.document_value(document, k.key) is not null
  order by k.place limit 1
$$;
comment on function predraft.document_text(jsonb, text[]) is
  'The first of these keys that holds a string with something in it, trimmed; null where none does.';

create or replace function predraft.can_hold(document jsonb) returns boolean
language sql immutable parallel safe set search_path = ''
as $$ select coalesce(jsonb_typeof(document), 'null') in ('object', 'null') $$;
comment on function predraft.can_hold(jsonb) is
  'Whether a draft can be put into this document: an object, JSON null or nothing. Arrays and strings are the host''s and stay untouched.';

create or replace function predraft.draft_number(draft jsonb) returns numeric
language sql immutable parallel safe set search_path = ''
as $$ select case when jsonb_typeof(draft -> 'draft_id') = 'number' then (draft -> 'draft_id')::numeric end $$;
comment on function predraft.draft_number(jsonb) is 'A draft''s id, null where it has none that is a number.';

create or replace function predraft.same_life(draft predraft.drafts, p_seller {{seller_key}}, p_external_id text) returns boolean
language sql stable parallel safe security definer set search_path = ''
as $$
  select (draft.seller_id is null or draft.seller_id = p_seller)
    and (draft.external_id is null or draft.external_id is not distinct from p_external_id)
    and draft.created_at > coalesce((select max(m.at) from predraft.enqueue_misses m where m.reason = 'truncated'), '-infinity')
$$;
comment on function predraft.same_life(predraft.drafts, {{seller_key}}, text) is
  'Whether a draft of the history was made for the interaction that now has its id: of this seller and external id, and not from before a truncate. Hosts use ids again.';

create or replace function predraft.is_last_word(fallback_reason text) returns boolean
language sql immutable parallel safe set search_path = ''
as $$ select coalesce(fallback_reason in ('provider_down', 'refused', 'failed', 'llm_off', 'poison'), false) $$;
comment on function predraft.is_last_word(text) is
  'Whether a provisional draft says how its job ended, and not only that one waits: what is shown while a job waits never replaces it.';

create or replace function predraft.job_run_at(occurred_at timestamptz) returns timestamptz
language sql stable parallel safe set search_path = ''
as $$
  select case
    when occurred_at is null or not isfinite(occurred_at) or occurred_at < '2014-01-01 UTC' then now()
    else timestamptz '2020-01-01 UTC' - (least(occurred_at, now()) - timestamptz '2020-01-01 UTC')
  end
$$;
comment on function predraft.job_run_at(timestamptz) is
  'A due time mirrored around 2020: the newer the interaction, the earlier it runs. Always in the past, for any date.';

create or replace function predraft.ensure_trigger(relation regclass, name text, definition text) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  stamp constant text := 'predraft ' || md5(definition);
begin
  -- Creating a trigger locks the table against writers: a migrate that changes nothing must not.
  if exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = relation and t.tgname = name
      and pg_catalog.obj_description(t.oid, 'pg_trigger') = stamp
  ) then
    return;
  end if;
  execute format('create or replace trigger %I %s', name, definition);
  execute format('comment on trigger %I on %s is %L', name, relation, stamp);
end $$;
comment on function predraft.ensure_trigger(regclass, text, text) is
  'Creates or replaces a trigger only where its definition differs from what is there; otherwise takes no lock.';

create or replace function predraft.ensure_view(view_name text, body text, description text) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  digest constant text := md5(body || description);
  dependant text;
begin
  if to_regclass('predraft.' || quote_ident(view_name)) is not null then
    -- Replacing a view waits for its readers, and everybody queues behind: a migrate that changes nothing must not.
    if exists (select from predraft.objects o where o.name = view_name and o.stamp = digest) then
      return;
    end if;
    select string_agg(distinct format('%I.%I', n.nspname, c.relname), ', ') into dependant
    from pg_catalog.pg_depend d
    join pg_catalog.pg_rewrite r on r.oid = d.objid
    join pg_catalog.pg_class c on c.oid = r.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refobjid = to_regclass('predraft.' || quote_ident(view_name))
      and n.nspname <> 'predraft';
    begin
      execute format('create or replace view predraft.%I as %s', view_name, body);
    exception when invalid_table_definition then   -- its columns changed
      if dependant is not null then
        raise exception 'the columns of predraft.% change, and % depends on it', view_name, dependant
          using errcode = 'dependent_objects_still_exist', hint = 'Drop it, migrate, and create it again.';
      end if;
      execute format('drop view predraft.%I cascade', view_name);   -- only our own views depend on it, and they are created again
      execute format('create view predraft.%I as %s', view_name, body);
    end;
  else
    execute format('create view predraft.%I as %s', view_name, body);
  end if;
  execute format('comment on view predraft.%I is %L', view_name, description);
  insert into predraft.objects as o (name, stamp) values (view_name, digest)
  on conflict on constraint objects_pkey do update set stamp = excluded.stamp;
end $$;
comment on function predraft.ensure_view(text, text, text) is
  'Creates a view, or replaces it only where its definition differs from what was created last; grants and others'' views on it stay.';
