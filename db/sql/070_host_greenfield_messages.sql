-- Greenfield only: a chat's latest words and its state follow from its messages, in whatever order they arrive.

create or replace function predraft.refresh_thread(ids bigint[]) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '200ms'
as $$
begin
  -- Parents first and in one order, so that no two of us deadlock; the next statement then sees what others
  -- had committed while we waited.
  perform from {{table}} i where i.id = any(ids) order by i.id for no key update;

  with derived as (
    select k.id, b.text, b.sent_at, l.direction = 'in' as needs_response,
      case when l.direction = 'in' then 'open' else 'responded' end as status
    from unnest(ids) k(id)
    cross join lateral (
      select m.direction from {{messages}} m where m.interaction_id = k.id
      order by m.sent_at desc, m.direction desc, m.external_id desc limit 1
    ) l
    left join lateral (
      select m.text, m.sent_at from {{messages}} m where m.interaction_id = k.id and m.direction = 'in'
      order by m.sent_at desc, m.external_id desc limit 1
    ) b on true
  )
  update {{table}} i
  set last_message_text = d.text, last_message_at = d.sent_at, needs_response = d.needs_response, status = d.status
  from derived d
  where i.id = d.id
    and (i.last_message_text, i.last_message_at, i.needs_response, i.status)
      is distinct from (d.text, d.sent_at, d.needs_response, d.status);
exception when others then
  raise warning 'predraft: thread not refreshed (%): %', sqlstate, sqlerrm;
  perform predraft.note_misses(ids, 'thread ' || sqlstate);
end $$;
comment on function predraft.refresh_thread(bigint[]) is
  'Derives last_message_text, last_message_at, needs_response and status of chats from their latest messages. Waits at most 200 ms for a row; what it could not do is recorded.';

create or replace function predraft.tg_messages() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform predraft.refresh_thread((select array_agg(distinct n.interaction_id order by n.interaction_id) from new_rows n));
  return null;
end $$;
comment on function predraft.tg_messages() is 'After INSERT on messages: refreshes the threads that got one.';
