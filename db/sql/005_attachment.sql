-- What attach remembers about the host's original state; empty in a database of our own. Attach applies this file before any other.

create table if not exists predraft.attachment (
  singleton boolean constraint attachment_pkey primary key default true constraint attachment_one_row check (singleton),
  settings_keys text[] not null default '{}',
  existing_drafts text not null default 'adopt' constraint attachment_existing_drafts_known check (existing_drafts in ('adopt', 'regenerate')),
  held_before timestamptz,
  attached_at timestamptz not null default clock_timestamp()
);
comment on table predraft.attachment is
  'What attach remembers: our settings keys that the host had before, what becomes of drafts found without a hash, and from what date on the backlog is held back until somebody agrees to buy it.';

create or replace function predraft.held_before() returns timestamptz
language sql stable parallel safe security definer set search_path = ''
as $$
  select a.held_before from predraft.attachment a
  where coalesce(current_setting('predraft.include_held', true), '') <> 'on'
$$;
comment on function predraft.held_before() is
  'Interactions dated before this, and never drafted, wait until attach is told to buy the backlog; null where nothing waits. Null, too, in a session that sets predraft.include_held to on.';

create or replace function predraft.adopts_existing() returns boolean
language sql stable parallel safe security definer set search_path = ''
as $$ select coalesce((select a.existing_drafts = 'adopt' from predraft.attachment a), true) $$;
comment on function predraft.adopts_existing() is
  'Whether a draft without a hash that stood in a document before predraft came counts as made for the content as it is.';
