-- A provider that asked to be left alone, or that nobody can reach.

create or replace function predraft.pause_provider(p_provider text, p_milliseconds float8, p_reason text) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into predraft.gate as g (provider, paused_until, paused_reason)
  values (p_provider, clock_timestamp() + p_milliseconds * interval '1 millisecond', p_reason)
  on conflict (provider) do update
  set paused_until = greatest(g.paused_until, excluded.paused_until), paused_reason = excluded.paused_reason
$$;
comment on function predraft.pause_provider(text, float8, text) is
  'Makes all processes leave a provider alone for so many milliseconds from now; a longer pause under way stays.';
revoke execute on function predraft.pause_provider(text, float8, text) from public;
