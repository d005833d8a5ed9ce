-- Greenfield only: derives a chat's latest words and its state from its messages, in any order of arrival.

create or replace function predraft.refresh_thread(ids bigint[]) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '200ms'
as $$
begin
  -- Parents first and in one order, so that no two transactions deadlock; the next statement then sees what others
  -- committed during the wait.
  perform from {{table}} i where i.id = any(ids) order by i.id for no key update;
  if not found then   -- deleted with its messages
    return;
  end if;

  with lines as materialized (
    -- A message dated infinity, or years ahead, would stay the last one for good, so its date is ignored and it counts as old.
    select m.interaction_id, m.direction, m.text, m.external_id, d.dated, case when d.dated then m.sent_at end as sent_at
    from {{messages}} m
    cross join lateral (select isfinite(m.sent_at) and m.sent_at < now() + interval '1 day' as dated offset 0) d
    where m.interaction_id = any(ids)
  ),
  derived as (
    select k.id, b.text, b.sent_at, l.direction is not distinct from 'in' as needs_response,
      case when l.direction is not distinct from 'in' then 'open' else 'responded' end as status
    from unnest(ids) k(id)
    left join lateral (
      select m.direction from lines m where m.interaction_id = k.id
      order by m.dated desc, m.sent_at desc, m.direction desc, m.external_id desc limit 1
    ) l on true
    left join lateral (
      select m.text, m.sent_at from lines m where m.interaction_id = k.id and m.direction = 'in'
      order by m.dated desc, m.sent_at desc, m.external_id desc limit 1
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
  'Derives last_message_text, last_message_at, needs_response and status of chats from their latest messages; a chat without any has nothing to answer. Waits at most 200 ms for a row; what it could not do is recorded.';

create or replace function predraft.tg_messages() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids bigint[];
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct n.interaction_id) into ids from new_rows n;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct o.interaction_id) into ids from old_rows o;
  else
    select array_agg(distinct c.interaction_id) into ids
    from (
      (select n.id, n.interaction_id, n.external_id, n.direction, n.text, n.sent_at from new_rows n
        except select o.id, o.interaction_id, o.external_id, o.direction, o.text, o.sent_at from old_rows o)
      union all
      (select o.id, o.interaction_id, o.external_id, o.direction, o.text, o.sent_at from old_rows o
        except select n.id, n.interaction_id, n.external_id, n.direction, n.text, n.sent_at from new_rows n)
    ) c;
  end if;
  if ids is not null then
    perform predraft.refresh_thread(ids);
  end if;
  return null;
end $$;
comment on function predraft.tg_messages() is
  'After INSERT, UPDATE or DELETE on messages: refreshes the threads that got a line, lost one, or have one that reads otherwise now.';
