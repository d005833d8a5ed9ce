-- The messages of a chat, as the prompt reads them.

create or replace function predraft.thread(p_interaction {{key}}) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  p_thread {{thread_type}};
begin
  begin
    -- Into the thread column's own type, which its index is for.
    select {{i.thread_value}} into p_thread from {{table}} i where {{i.id}} = p_interaction;
  exception when data_exception then
    return '[]';   -- what is no such value names no thread
  end;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('direction', m.direction, 'text', predraft.excerpt(m.text), 'sent_at', m.sent_at, 'nth', m.nth)
      order by m.sent_at, m.external_id), '[]')
    from ({{thread_lines}}) m{{thread_window}});
exception when others then   -- a host's odd data, or a table of its that changed, leave the draft with the interaction's own text
  raise warning 'predraft: thread not read (%)', sqlstate;
  return '[]';
end $$;
comment on function predraft.thread({{key}}) is
  'A chat''s first 5 and latest 100 messages, oldest first: [{direction, text, sent_at, nth}]; direction is in for the buyer''s, nth the message''s number in the whole thread, texts are excerpts. An empty array where the host keeps none, or where they cannot be read.';
