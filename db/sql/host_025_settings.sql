-- The host's runtime_settings: read as it is, taken over at each change, never written.

create or replace function predraft.sync_settings() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  changed boolean;
begin
  select bool_or(predraft.take_setting(d.key, r.value::text)) into changed
  from predraft.setting_specs() d
  left join {{settings}} r on r.key::text = d.key
  where r.value is not null
     or exists (select from predraft.settings p where p.key = d.key);
  if changed then
    perform pg_catalog.pg_notify('predraft_settings', '');
  end if;
  return coalesce(changed, false);
end $$;
comment on function predraft.sync_settings() is
  'Takes over every value of ours from the host''s runtime_settings, and notifies predraft_settings where one changed.';
revoke execute on function predraft.sync_settings() from public;

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
revoke execute on function predraft.tg_settings() from public;

select predraft.ensure_trigger({{settings_literal}}::regclass, 'predraft_10_settings',
  'after insert or update or delete or truncate on {{settings}} for each statement execute function predraft.tg_settings()');
