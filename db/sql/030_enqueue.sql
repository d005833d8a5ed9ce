-- Jobs are only ever appended: a key that never repeats waits for nobody and loses nothing.

do $$
begin
  create type predraft.want as (id {{key}}, priority text, occurred_at timestamptz);
exception when duplicate_object then null;
end $$;
comment on type predraft.want is 'An interaction that wants a draft: what a job needs to know of it.';

create sequence if not exists predraft.job_seq;
comment on sequence predraft.job_seq is 'Makes each job key unique: draft:<interaction>:<n>.';

create or replace function predraft.json_key(id {{key}}) returns jsonb
language sql immutable parallel safe set search_path = ''
as $$ select to_jsonb({{w.json_id}}) from (select json_key.id) w $$;
comment on function predraft.json_key({{key}}) is
  'An interaction''s id as JSON: a number where JavaScript reads it exactly, else a string.';

create or replace function predraft.own_jobs(ids {{key}}[], keys text[]) returns void
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
begin
  insert into predraft.job_owners (interaction_id, job_key, seller_id)
  select i.id, u.key, i.seller_id from unnest(ids, keys) u(id, key) join predraft.interactions i on i.id = u.id
  where i.seller_id is not null
  on conflict on constraint job_owners_pkey do nothing;
end $$;
comment on function predraft.own_jobs({{key}}[], text[]) is 'Notes whose jobs these are. The arrays are of one length.';

create or replace function predraft.append_drafts(wants predraft.want[], payload jsonb) returns text[]
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
declare
  debounced constant boolean := predraft.setting('ai_draft_debounce_seconds') <> '0';
  kind constant text := payload ->> 'trigger';
  parked constant boolean := exists (select from predraft.seller_parks p where p.until > now());
  keys constant text[] := array(
    select 'draft:' || w.id || ':' || nextval('predraft.job_seq') || coalesce(':' || kind, '') from unnest(wants) w);
begin
  if cardinality(keys) = 0 then
    return keys;
  end if;
  -- Without predraft.priority_rank and predraft.job_run_at, because a function with its own search_path costs 2 µs a row.
  perform graphile_worker.add_jobs(array(
    select (
      'generate_draft',
      case when payload = '{}' then json_build_object('interactionId', {{w.json_id}})
        else (jsonb_build_object('interactionId', {{w.json_id}}) || payload)::json end,
      null,
      coalesce(
        case when debounced then predraft.debounced_until(w.id) end,
        case when parked and w.priority is distinct from 'urgent' then predraft.parked_until(w.id, w.occurred_at) end,
        case
          when w.occurred_at is null or not isfinite(w.occurred_at) or w.occurred_at < '2014-01-01 UTC' then now()
          else timestamptz '2020-01-01 UTC' - (least(w.occurred_at, now()) - timestamptz '2020-01-01 UTC')
        end),
      5,
      w.key,
      case when kind = 'upgrade' then 40 else 0 end   -- after all fresh work, and in its order
        + case w.priority collate "C" when 'urgent' then 0 when 'high' then 10 when 'normal' then 20 else 30 end,
      null
    )::graphile_worker.job_spec
    from unnest(wants, keys) w(id, priority, occurred_at, key)));
  perform predraft.own_jobs(array(select w.id from unnest(wants) w), keys);
  if kind is distinct from 'upgrade' and exists (select from unnest(wants) w where w.priority = 'urgent') then
    perform pg_catalog.pg_notify('predraft_urgent', '');   -- slots reserved for urgent work fetch only at this signal
  end if;
  return keys;
end $$;
comment on function predraft.append_drafts(predraft.want[], jsonb) is
  'Appends one generate_draft job for each want with a single add_jobs call (one NOTIFY, and one on predraft_urgent where any is urgent); upgrades go behind all else. A debounced chat''s job is due when its buyer has been quiet, a seller''s at a limit when that ends. Returns their keys, in the order of wants; raises what add_jobs raises.';

create or replace function predraft.add_drafts(wants predraft.want[], payload jsonb default '{}') returns int
language sql volatile security definer set search_path = ''
as $$ select cardinality(predraft.append_drafts(wants, payload)) $$;
comment on function predraft.add_drafts(predraft.want[], jsonb) is 'What append_drafts does; returns how many jobs it added.';

create or replace function predraft.note_misses(ids {{key}}[], reason text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into predraft.enqueue_misses (interaction_id, reason)
  select i, note_misses.reason from unnest(ids) i where i is not null;
  if found and reason not in ('deleted', 'truncated') then
    perform pg_catalog.pg_notify('predraft_misses', '');   -- the worker drains at once, not only within a second
  end if;
exception when others then
  raise warning 'predraft: misses not recorded (%): %', sqlstate, sqlerrm;
end $$;
comment on function predraft.note_misses({{key}}[], text) is
  'Records what a trigger leaves to the worker, which does it at once, or within a second where it hears nothing. Never raises: the sweep is behind it.';

create or replace function predraft.statement_timeout() returns interval
language sql stable security definer set search_path = ''
as $$ select nullif(current_setting('statement_timeout')::interval, '0') $$;
comment on function predraft.statement_timeout() is 'The session''s statement_timeout; null where there is none.';

create or replace function predraft.leaves_to_worker() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Serializable: reads of the queue or of limits would conflict with every other transaction that enqueues.
  -- We use a quarter of the host's timeout at most; a session's first add_jobs took 50 ms on a busy machine.
  return current_setting('transaction_isolation') = 'serializable'
    or coalesce(clock_timestamp() + interval '50 ms' > statement_timestamp() + predraft.statement_timeout() / 4, false);
end $$;
comment on function predraft.leaves_to_worker() is
  'Whether a trigger should only record what is to do: the transaction is serializable, or the host''s statement_timeout leaves no time to enqueue.';

create or replace function predraft.timed_out() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Half of it, because the timer of a prepared statement starts at an earlier message than statement_timestamp().
  return coalesce(clock_timestamp() >= statement_timestamp() + predraft.statement_timeout() / 2, false);
end $$;
comment on function predraft.timed_out() is
  'Whether a statement that was cancelled (57014) ran into its statement_timeout; false: somebody asked for the cancel.';

create or replace function predraft.enqueue(wants predraft.want[], stars int[], chats {{key}}[]) returns void
language plpgsql volatile security definer set search_path = '' set jit = off
as $$
declare
  rules_may_raise constant boolean := predraft.setting('ai_draft_priority_source') = 'higher_of_both';
  first predraft.want[];
  may_rise boolean[];
begin
  if wants is null then
    return;
  end if;
  if predraft.leaves_to_worker() then
    perform predraft.note_misses(array(select w.id from unnest(wants) w), 'left');
    return;
  end if;
  perform predraft.debounce(chats);
  -- Cues need regexes, which a session builds once, in 10 to 90 ms: in the worker's session, never in the host's.
  -- If they decide a row's priority, the row enters by its stars, or as normal, and the worker raises it at once.
  select array_agg((w.id, p.priority, w.occurred_at)::predraft.want order by w.nth), array_agg(p.may_rise order by w.nth)
  into first, may_rise
  from unnest(wants, stars) with ordinality w(id, priority, occurred_at, stars, nth)
  cross join lateral (
    select case when h.word in ('urgent', 'high', 'normal', 'low') then h.word end
    from (select lower(btrim(w.priority, E' \t\n\r') collate "C")) h(word)
  ) given(priority)
  cross join lateral (
    select coalesce(given.priority, case when w.stars <= 2 then 'high' when w.stars >= 4 then 'low' else 'normal' end),
      given.priority is null or given.priority <> 'urgent' and rules_may_raise
  ) p(priority, may_rise);
  insert into predraft.enqueue_misses (interaction_id, reason)
  select w.id, 'unjudged ' || w.key
  from unnest(first, may_rise, predraft.append_drafts(first, '{}')) w(id, priority, occurred_at, may_rise, key)
  where w.may_rise;
  if found then
    perform pg_catalog.pg_notify('predraft_misses', '');
  end if;
end $$;
comment on function predraft.enqueue(predraft.want[], int[], {{key}}[]) is
  'Appends jobs for what triggers found wanting, by the host''s word on its priority, and tells the worker of those that their text may raise. stars: of a review with a rating, in the order of wants; chats: those whose buyer has just written.';

create or replace function predraft.notify_drafts(event text, items jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  message text;
begin
  if items is null or items = '[]'::jsonb then
    return;
  end if;
  message := jsonb_build_object('event', event, 'items', items)::text;
  if octet_length(message) > 7900 then   -- NOTIFY refuses 8,000 bytes
    message := jsonb_build_object('event', event, 'items', '*')::text;
  end if;
  perform pg_catalog.pg_notify('predraft_drafts', message);
end $$;
comment on function predraft.notify_drafts(text, jsonb) is
  'One notification on predraft_drafts: event is saved, invalidated or closed; items are {id, seller_id, hash}, or "*" beyond 7,900 bytes.';
