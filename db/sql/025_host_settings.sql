-- The host's runtime_settings: read as they are, taken over at each change, never written.

create or replace function predraft.host_setting(setting_key text) returns text
language sql stable security definer set search_path = ''
as $$ select r.value::text from {{settings}} r where r.key::text = setting_key order by 1 limit 1 $$;
comment on function predraft.host_setting(text) is 'What the host''s runtime_settings says of a key; null where it says nothing.';

create or replace function predraft.sync_settings() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  differing text;
  changed boolean := false;
begin
  -- Only rows that differ are locked, so that two host transactions that change two settings do not wait for each other.
  for differing in
    select d.key
    from predraft.setting_specs() d
    left join predraft.settings p on p.key = d.key
    cross join lateral (select predraft.host_setting(d.key) as raw) r
    cross join lateral predraft.read_setting(d.key, r.raw) v
    where (r.raw is not null or p.key is not null)
      and (p.key is null
        or (p.value, p.error) is distinct from (case when v.error is null then v.value else p.value end, v.error))
    order by d.key
  loop
    perform from predraft.settings p where p.key = differing for update;
    -- Read again, because the lock's previous holder may have taken over newer values.
    changed := predraft.take_setting(differing, predraft.host_setting(differing)) or changed;
  end loop;
  if changed then
    perform pg_catalog.pg_notify('predraft_settings', '');
  end if;
  return changed;
end $$;
comment on function predraft.sync_settings() is
  'Takes over every value of ours from the host''s runtime_settings, and notifies predraft_settings where one changed.';

create or replace function predraft.tg_settings() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform predraft.sync_settings();
  return null;
exception when others then
  raise warning 'predraft: settings not taken over (%): %', sqlstate, sqlerrm;
  return null;
end $$;
comment on function predraft.tg_settings() is 'After any statement on runtime_settings: the new values act at once. Never fails the statement.';
