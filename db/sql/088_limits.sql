-- What a seller may spend by the current settings: one rule for the verdict (draft_context) and for the charge (reserve_call).

create or replace function predraft.day_of(p_seller {{seller_key}}, at_time timestamptz, out day_start timestamptz, out next_day timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
  zone text := coalesce((select s.time_zone from predraft.seller_settings s where s.seller_id = p_seller), 'Europe/Moscow');
begin
  begin
    day_start := date_trunc('day', at_time at time zone zone) at time zone zone;
  exception when invalid_parameter_value then
    zone := 'Europe/Moscow';
    day_start := date_trunc('day', at_time at time zone zone) at time zone zone;
  end;
  next_day := (date_trunc('day', at_time at time zone zone) + interval '1 day') at time zone zone;
end $$;
comment on function predraft.day_of({{seller_key}}, timestamptz) is
  'Start of the seller''s day and of the next, in the seller''s time zone (an unknown zone counts as Europe/Moscow).';

create or replace function predraft.cycle_of(at_time timestamptz) returns timestamptz
language sql immutable parallel safe set search_path = ''
as $$ select date_bin('5 minutes', at_time, '2000-01-01 UTC') $$;
comment on function predraft.cycle_of(timestamptz) is 'Start of the 5-minute cycle.';

create or replace function predraft.limits(
  out pace interval, out cycle_calls int, out urgent_burst int, out day_calls int, out global_calls int
)
language sql stable security definer set search_path = ''
as $$
  select max(v.value) filter (where v.key = 'ai_draft_delay_seconds')::float8 * interval '1 second',
    max(v.value) filter (where v.key = 'ai_draft_batch_size')::int,
    max(v.value) filter (where v.key = 'ai_draft_urgent_burst')::int,
    max(v.value) filter (where v.key = 'ai_draft_daily_limit')::int,
    max(v.value) filter (where v.key = 'ai_draft_global_concurrency')::int
  from (
    select d.key, coalesce(s.value, d.fallback) as value
    from predraft.setting_specs() d left join predraft.settings s on s.key = d.key
  ) v
$$;
comment on function predraft.limits() is
  'The limits as they act now: time between call starts, a seller''s calls in a cycle (0: no limit), urgent ones beyond them, calls in a day, and calls under way in all processes (0: no limit).';

create or replace function predraft.paused_until(p_provider text) returns timestamptz
language sql stable security definer set search_path = ''
as $$
  select g.paused_until from predraft.gate g
  where g.provider = p_provider and g.paused_until > clock_timestamp()
    -- A pause that begins later than now was noted before the server's clock was set back.
    and coalesce(g.paused_since <= clock_timestamp(), true)
$$;
comment on function predraft.paused_until(text) is 'Until when a provider asked to be left alone; null if it did not, or if that is over.';

create or replace function predraft.call_kind(p_trigger text, p_priority text) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_trigger in ('on_demand', 'force') then 'demand'
    when p_priority = 'urgent' and p_trigger is distinct from 'backfill' then 'urgent'
    else 'normal'
  end
$$;
comment on function predraft.call_kind(text, text) is
  'How the limits see a call: demand (a person waits for it), urgent, or normal. A backfill has no part in the urgent burst.';

create or replace function predraft.limit_for(
  p_seller {{seller_key}}, p_provider text, p_kind text, at_time timestamptz,
  out why text,              -- null: no limit stops the call
  out until timestamptz,
  out free_pass boolean,     -- not counted in the cycle, and not paced
  out pace interval, out global_calls int   -- the limits of this call beside the seller's windows
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  allowed constant record := predraft.limits();
  today constant record := predraft.day_of(p_seller, at_time);
  cycle_start constant timestamptz := predraft.cycle_of(at_time);
  used record;
begin
  pace := allowed.pace;
  global_calls := allowed.global_calls;
  select coalesce(max(u.calls) filter (where u.win = 'day'), 0) as day_calls,
    coalesce(max(u.calls) filter (where u.win = 'cycle'), 0) as cycle_calls,
    coalesce(max(u.urgent) filter (where u.win = 'cycle'), 0) as cycle_urgent
  into used
  from predraft.seller_usage u
  where u.seller_id = p_seller
    and (u.win = 'day' and u.win_start = today.day_start or u.win = 'cycle' and u.win_start = cycle_start);
  free_pass := p_kind = 'demand' or (p_kind = 'urgent' and used.cycle_urgent < allowed.urgent_burst);

  if p_kind <> 'demand' and used.day_calls >= allowed.day_calls then
    why := 'daily_limit'; until := today.next_day;
    return;
  end if;
  until := predraft.paused_until(p_provider);
  if until is not null then
    why := 'provider';
  elsif not free_pass and allowed.cycle_calls > 0 and used.cycle_calls >= allowed.cycle_calls then
    why := 'cycle'; until := cycle_start + interval '5 minutes';
  end if;
end $$;
comment on function predraft.limit_for({{seller_key}}, text, text, timestamptz) is
  'Which limit keeps a call of this kind (see call_kind) from being made, and until when: daily_limit, provider (it asked to be left alone) or cycle; why is null if none does. A null provider is never paused.';

create or replace function predraft.at_limit(p_seller {{seller_key}}) returns boolean
language sql stable security definer set search_path = ''
as $$ select l.why is not null from predraft.limit_for(p_seller, null, 'normal', now()) l $$;
comment on function predraft.at_limit({{seller_key}}) is 'Whether a seller has used up its day or its cycle, as the settings are now.';
