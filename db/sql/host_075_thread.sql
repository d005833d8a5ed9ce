-- The messages of a chat, as the prompt reads them.

create or replace function predraft.thread(p_interaction bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return {{thread}};
end $$;
comment on function predraft.thread(bigint) is
  'A chat''s first 5 and latest 100 messages, oldest first: [{direction, text, sent_at}]. An empty array where the host keeps none.';
revoke execute on function predraft.thread(bigint) from public;
