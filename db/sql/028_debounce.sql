-- A buyer who sends five messages in a row costs one call: a chat is left alone until nobody has written for a while.

create or replace function predraft.debounce(chats {{key}}[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  quiet constant numeric := predraft.setting('ai_draft_debounce_seconds')::numeric;
begin
  if chats is null or quiet = 0 then
    return;
  end if;
  -- In the same order as every other writer here; workers never lock these rows.
  insert into predraft.debounces as d (interaction_id, written_at)
  select c, clock_timestamp() from unnest(chats) c order by c
  on conflict on constraint debounces_pkey do update set written_at = excluded.written_at;
end $$;
comment on function predraft.debounce({{key}}[]) is
  'Leaves these chats alone for ai_draft_debounce_seconds from now: their jobs become due then. Nothing where the setting is 0.';

create or replace function predraft.debounced_until(p_interaction {{key}}) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
declare
  quiet constant numeric := predraft.setting('ai_draft_debounce_seconds')::numeric;
begin
  if quiet = 0 then
    return null;
  end if;
  return (
    select d.written_at + quiet * interval '1 second' from predraft.debounces d
    where d.interaction_id = p_interaction
      and d.written_at <= clock_timestamp()   -- a later time was noted before the server's clock was set back
      and d.written_at + quiet * interval '1 second' > clock_timestamp());
end $$;
comment on function predraft.debounced_until({{key}}) is
  'Until when a chat is left alone, as ai_draft_debounce_seconds is now; null if it is not.';
