-- A provider that asked to be left alone; and under "provider:model", a service that a process found to be down or refusing us.

create or replace function predraft.pause_provider(p_provider text, p_milliseconds float8, p_reason text) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into predraft.gate as g (provider, paused_until, paused_reason, paused_since)
  values (p_provider, clock_timestamp() + p_milliseconds * interval '1 millisecond', p_reason, clock_timestamp())
  on conflict (provider) do update
  set paused_until = greatest(g.paused_until, excluded.paused_until), paused_reason = excluded.paused_reason,
    paused_since = case when g.paused_until > clock_timestamp() then coalesce(g.paused_since, excluded.paused_since)
      else excluded.paused_since end
$$;
comment on function predraft.pause_provider(text, float8, text) is
  'Makes all processes leave a provider alone for so many milliseconds from now; a longer pause under way stays. Under "provider:model" it only tells of an outage: each process finds out for itself.';

create or replace function predraft.prolong_pause(p_provider text, p_milliseconds float8) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update predraft.gate g set paused_until = clock_timestamp() + p_milliseconds * interval '1 millisecond'
  where g.provider = p_provider and g.paused_since is not null;
  return found;
end $$;
comment on function predraft.prolong_pause(text, float8) is
  'Says that what was told with pause_provider still holds. False where another process has ended it since.';

create or replace function predraft.end_pause(p_provider text) returns void
language sql volatile security definer set search_path = ''
as $$
  update predraft.gate set paused_until = null, paused_reason = null, paused_since = null where provider = p_provider
$$;
comment on function predraft.end_pause(text) is 'The provider answers again.';
