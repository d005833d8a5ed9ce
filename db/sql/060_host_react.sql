-- After a statement: enqueue the rows that now want a draft, tell listeners what changed. Once a statement, never a row.

create or replace function predraft.tg_inserted() returns trigger
language plpgsql volatile security definer set search_path = '' set jit = off   -- a bulk load's plan also serves single rows after it
as $$
#variable_conflict use_column
declare
  wants predraft.want[];
  stars int[];
  chats {{key}}[];
begin
  if predraft.setting('ai_draft_pregenerate_enabled') = 'true' then
    if predraft.setting('ai_draft_debounce_seconds') <> '0' then
      select array_agg({{n.id}}) into chats from new_rows n where {{n.channel}} = 'chat' and {{n.open}};
    end if;
    select array_agg(({{n.id}}, {{n.priority}}, {{n.occurred_at}})::predraft.want),
      array_agg(case when {{n.channel}} = 'review' and {{n.rating}} >= 1 then {{n.rating}} end)
    into wants, stars
    from new_rows n
    cross join lateral (select {{n.doc}} as doc offset 0) d   -- casts a json document once
    where {{n.open}} and (jsonb_typeof(d.doc) = 'object' or predraft.can_hold(d.doc))
      and (d.doc #>> '{last_ai_draft,content_hash}' is null or d.doc #>> '{last_ai_draft,content_hash}' <> {{n.hash}});
    perform predraft.enqueue(wants, stars, chats);
  end if;
  return null;
exception when query_canceled or others then
  if sqlstate = '57014' and not predraft.timed_out() then
    raise;   -- the host's statement was cancelled; but a time-out that ends in our part must not fail it
  end if;
  raise warning 'predraft: enqueue failed (%): %', sqlstate, sqlerrm;
  perform predraft.note_misses((select array_agg({{n.id}}) from new_rows n), 'enqueue ' || sqlstate);
  return null;
end $$;
comment on function predraft.tg_inserted() is 'After INSERT: one add_jobs call for all rows that want a draft. Never fails the statement.';

create or replace function predraft.tg_updated() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  nestloop text;
  jit text;
  wants predraft.want[];
  stars int[];
  invalidated jsonb;
  closed jsonb;
  moved boolean;
  chats {{key}}[];   -- whose content changed
  changed {{key}}[];
  old_hashes text[];
begin
  -- tg_invalidate saw each row, and no change matters. (No block, because nothing here can fail and a block costs 3 µs. So does the
  -- clock's text, which is made only if a statement of this transaction touched a row.)
  if {{touches_are_known}} and (coalesce(current_setting('predraft.touched', true), '') = ''
    or current_setting('predraft.touched', true) is distinct from extract(epoch from statement_timestamp())::text)
  then
    return null;
  end if;

  begin
    -- The first statement's plan serves the whole session. A plan for one row is a nested loop, which took 28 s for 10,000 rows.
    nestloop := current_setting('enable_nestloop');
    jit := current_setting('jit');
    perform set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true);
    with touched as materialized (
      -- Hosts re-write hundreds of unchanged rows each cycle: compare first, hash only rows that differ.
      select
        {{n.id}} as id, {{o.id}} as old_id, {{n.seller_id}} as seller_id, {{n.hash}} as new_hash, {{o.hash}} as old_hash,
        {{n.open}} as is_open, {{o.open}} as was_open,
        d.new_doc, d.old_doc,
        {{n.priority}} is distinct from {{o.priority}} as reprioritised,
        {{o.id}} is not null and {{n.seller_id}} is distinct from {{o.seller_id}} as resold,   -- to another seller
        {{n.priority}} as priority, {{n.channel}} as channel, {{n.occurred_at}} as occurred_at,
        case when {{n.channel}} = 'review' and {{n.rating}} >= 1 then {{n.rating}} end as stars
      from new_rows n
      left join old_rows o on {{o.id}} = {{n.id}}
      cross join lateral (select {{n.doc}} as new_doc, {{o.doc}} as old_doc offset 0) d
      where {{n.content}} is distinct from {{o.content}}
         or {{n.open}} is distinct from {{o.open}}
         or {{n.priority}} is distinct from {{o.priority}}
         or {{n.seller_id}} is distinct from {{o.seller_id}}
         or (d.new_doc #>> '{last_ai_draft,content_hash}') is distinct from (d.old_doc #>> '{last_ai_draft,content_hash}')
         or jsonb_typeof(d.new_doc) is distinct from jsonb_typeof(d.old_doc)
    ),
    judged as (
      select *,
        is_open and predraft.can_hold(new_doc) and (
          (new_doc #>> '{last_ai_draft,content_hash}') is distinct from new_hash
          -- Opened again with a provisional draft: its upgrade job ended when the interaction closed.
          or not was_open and new_doc #>> '{last_ai_draft,provisional}' = 'true') as is_wanting,
        coalesce(was_open and predraft.can_hold(old_doc)
          and (old_doc #>> '{last_ai_draft,content_hash}') is distinct from old_hash, false) as was_wanting
      from touched
    )
    select
      array_agg((id, priority, occurred_at)::predraft.want) filter (where comes_to_want),
      array_agg(stars) filter (where comes_to_want),
      jsonb_agg(jsonb_build_object('id', id, 'seller_id', seller_id, 'hash', new_hash))
        filter (where (new_hash <> old_hash or resold) and (is_open or was_open)),
      jsonb_agg(jsonb_build_object('id', id, 'seller_id', seller_id, 'hash', new_hash))
        filter (where was_open and not is_open),
      bool_or(old_id is null),
      array_agg(id) filter (where channel = 'chat' and is_wanting and new_hash is distinct from old_hash),
      array_agg(id) filter (where new_hash <> old_hash),
      array_agg(old_hash) filter (where new_hash <> old_hash)
    into wants, stars, invalidated, closed, moved, chats, changed, old_hashes
    from judged
    cross join lateral (
      select is_wanting and (not was_wanting or new_hash is distinct from old_hash or reprioritised or resold)
    ) c(comes_to_want);
    if moved then   -- a primary key changed: the old id counts as deleted
      perform predraft.note_misses((
        select array_agg({{o.id}}) from old_rows o
        where not exists (select from new_rows n where {{n.id}} = {{o.id}})), 'deleted');
    end if;
    perform set_config('enable_nestloop', nestloop, true), set_config('jit', jit, true);

    if changed is not null then
      insert into predraft.content_changes (interaction_id, old_hash) select * from unnest(changed, old_hashes);
    end if;
    if wants is not null and predraft.setting('ai_draft_pregenerate_enabled') = 'true' then
      perform predraft.enqueue(wants, stars, chats);
    end if;
    perform predraft.notify_drafts('invalidated', invalidated);
    perform predraft.notify_drafts('closed', closed);
    return null;
  exception when query_canceled or others then
    if sqlstate = '57014' and not predraft.timed_out() then
      raise;
    end if;
    raise warning 'predraft: enqueue failed (%): %', sqlstate, sqlerrm;
    perform predraft.note_misses((select array_agg({{n.id}}) from new_rows n), 'enqueue ' || sqlstate);
    return null;
  end;
end $$;
comment on function predraft.tg_updated() is
  'After UPDATE: enqueues rows that came to want a draft or changed content or priority while wanting one; tells listeners of changed and closed ones. Silent where nothing of this changed.';

create or replace function predraft.tg_deleted() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids {{key}}[];
begin
  select array_agg({{o.id}}) into ids from old_rows o;
  if ids is null then
    return null;
  end if;
  -- skip locked: a worker may lock one of these for a moment, and a host's statement waits for no worker. Claims are left to
  -- the drain: locks held here until the host commits would make workers wait for the host.
  if not predraft.leaves_to_worker() then
    delete from predraft.drafts d where d.id in (
      select id from predraft.drafts where interaction_id = any(ids) for update skip locked);
  end if;
  perform predraft.note_misses(ids, 'deleted');
  perform predraft.notify_drafts('closed', (
    select jsonb_agg(jsonb_build_object('id', {{o.id}}, 'seller_id', {{o.seller_id}}, 'hash', null)) from old_rows o));
  return null;
exception when query_canceled or others then
  if sqlstate = '57014' and not predraft.timed_out() then
    raise;
  end if;
  raise warning 'predraft: drafts of deleted interactions not removed (%): %', sqlstate, sqlerrm;
  perform predraft.note_misses(ids, 'deleted');
  return null;
end $$;
comment on function predraft.tg_deleted() is
  'After DELETE: the interaction''s drafts go with it; its claims and jobs, and what a worker held, are removed by the worker within a second.';

create or replace function predraft.tg_truncated() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform predraft.note_misses(array[repeat('0', 32)::{{key}}], 'truncated');   -- a zero of either type of key
  perform pg_catalog.pg_notify('predraft_drafts', '{"event": "closed", "items": "*"}');
  return null;
end $$;
comment on function predraft.tg_truncated() is 'After TRUNCATE: the worker cuts off what it has under way, and removes what belonged to the rows that are gone.';
