-- A chat's messages for the prompt.

create or replace function predraft.thread(p_interaction {{key}}) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  p_thread {{thread_type}};
begin
  begin
    -- Cast to the thread column's own type, so that its index is used.
    select {{i.thread_value}} into p_thread from {{table}} i where {{i.id}} = p_interaction;
  exception when data_exception then
    return '[]';   -- such a value names no thread
  end;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('direction', m.direction, 'text', predraft.excerpt(m.text), 'sent_at', m.sent_at, 'nth', m.nth)
      order by m.sent_at, m.external_id), '[]')
    from ({{thread_lines}}) m{{thread_window}});
exception when others then   -- odd data, or a changed table of the host, leave the draft with the interaction's own text
  raise warning 'predraft: thread not read (%)', sqlstate;
  return '[]';
end $$;
comment on function predraft.thread({{key}}) is
  'A chat''s first 5 and latest 100 messages, oldest first: [{direction, text, sent_at, nth}]; direction is in for the buyer''s, nth the message''s number in the whole thread, texts are excerpts. An empty array where the host keeps none, or where they cannot be read.';

create or replace function predraft.ends_with(p_thread jsonb, p_direction text, p_words text, p_at timestamptz) returns boolean
language sql stable parallel safe set search_path = ''
as $$
  select coalesce(last.line ->> 'direction' = p_direction and (
    btrim(last.line ->> 'text', E' \t\r\n') = words.said
    -- Hosts cut the previews in their lists.
    or length(words.said) >= 20 and starts_with(last.line ->> 'text', rtrim(words.said, '.… '))
    -- Of two messages at one instant, the text tells which one is meant.
    or (last.line ->> 'sent_at')::timestamptz = p_at and not exists (
      select from jsonb_array_elements(p_thread) other(line)
      where other.line ->> 'direction' <> p_direction and btrim(other.line ->> 'text', E' \t\r\n') = words.said)
  ), false)
  from (select p_thread -> -1 as line) last
  cross join (select btrim(predraft.excerpt(p_words), E' \t\r\n') as said) words
$$;
comment on function predraft.ends_with(jsonb, text, text, timestamptz) is
  'Whether the last line of a thread (see predraft.thread) is of this direction, and is the one that the interaction mirrors: its words, whole or as a preview, or its time.';
