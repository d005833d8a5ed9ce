-- Greenfield only: refreshes a thread whose row was locked before.

create or replace function predraft.drain_thread() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  missed bigint;
begin
  -- One interaction a transaction: several locked host rows while waiting for another would make host statements deadlock.
  delete from predraft.enqueue_misses m
  where m.id = (
    select id from predraft.enqueue_misses where reason like 'thread %' order by id limit 1 for update skip locked)
  returning m.interaction_id into missed;
  if missed is null then
    return false;
  end if;
  delete from predraft.enqueue_misses m where m.interaction_id = missed and m.reason like 'thread %';
  perform predraft.refresh_thread(array[missed]);
  return true;
end $$;
comment on function predraft.drain_thread() is
  'Refreshes one thread that a message trigger could not. False where none is left. A row still held is recorded again.';
