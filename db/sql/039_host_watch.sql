-- Messages that a host writes before it mirrors them into the interaction (attach --watch-messages). A trigger on the
-- messages leaves a mark for the thread. The standing draft is outdated until a draft has seen the mark.

create or replace function predraft.has_unseen_mark(p_thread text, p_seen bigint[]) returns boolean
language sql stable parallel safe security definer set search_path = ''
as $$
  select exists (select from predraft.thread_marks m where m.thread = p_thread and m.id <> all (coalesce(p_seen, '{}')))
$$;
comment on function predraft.has_unseen_mark(text, bigint[]) is 'Whether a buyer has written into this thread what is not among these marks.';

create or replace function predraft.is_outdated(p_thread text, p_draft jsonb) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  number constant numeric := predraft.draft_number(p_draft);
begin
  if not exists (select from predraft.thread_marks m where m.thread = p_thread) then
    return false;
  end if;
  return predraft.has_unseen_mark(p_thread, (
    select d.seen_marks from predraft.drafts d
    where d.id = case when number between 1 and 9000000000000000000 then number::bigint end));
end $$;
comment on function predraft.is_outdated(text, jsonb) is
  'Whether a buyer has written into this thread what this draft has not seen; false where messages are not watched.';

create or replace function predraft.tg_watched() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into predraft.thread_marks (thread) {{watched_threads}};
  return null;
exception when query_canceled or others then
  if sqlstate = '57014' and not predraft.timed_out() then
    raise;
  end if;
  raise warning 'predraft: messages not marked (%): %', sqlstate, sqlerrm;
  return null;
end $$;
comment on function predraft.tg_watched() is
  'After INSERT on a host''s messages: appends a mark for each thread that got a line of the buyer''s. Locks nothing, reads nothing, never fails the statement.';

create or replace function predraft.watch_messages(p_messages regclass) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  former regclass;
begin
  for former in
    select t.tgrelid from pg_catalog.pg_trigger t
    where t.tgfoid = 'predraft.tg_watched'::regproc and t.tgparentid = 0 and t.tgrelid is distinct from p_messages
  loop
    execute format('drop trigger predraft_40_watched on %s', former);
  end loop;
  if p_messages is not null then
    perform predraft.ensure_trigger(p_messages, 'predraft_40_watched',
      format('after insert on %s referencing new table as new_rows for each statement execute function predraft.tg_watched()', p_messages));
  end if;
end $$;
comment on function predraft.watch_messages(regclass) is
  'Puts our trigger on a host''s messages, and takes it off any other table; null: none are watched. Takes no lock where nothing changes.';
