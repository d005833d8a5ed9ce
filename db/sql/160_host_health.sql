-- For people: what is wrong, and since when.

create or replace function predraft.trigger_problem() returns text
language sql stable security definer set search_path = ''
as $$
  select string_agg(e.name || case when t.tgname is null then ' is missing' else ' is disabled' end, ', ')
  from (
    select u.name, {{table_literal}}::regclass as relation
    from unnest(array['zz_predraft_10_invalidate', 'predraft_20_inserted', 'predraft_21_updated', 'predraft_22_deleted', 'predraft_23_truncated']) u(name)
    union all
    select 'predraft_40_watched', {{watched_literal}}::regclass where {{watched}}
  ) e
  left join pg_catalog.pg_trigger t on t.tgrelid = e.relation and t.tgname = e.name
  where t.tgname is null or t.tgenabled = 'D'
$$;
comment on function predraft.trigger_problem() is 'Which of our triggers on the host''s tables are missing or disabled; null where all is well.';

select predraft.ensure_view('health', $view$
with
  lone as (select predraft.absent_workers() as absent),
  dead as (
    select count(*) as n, min(j.created_at) as since
    from (select predraft.dead_jobs() as created_at) j
  ),
  poisoned as (
    select count(*) as n, min(d.created_at) as since
    from predraft.interactions i
    join predraft.drafts d on d.id = predraft.draft_number(i.extra_data -> 'last_ai_draft')
    where i.extra_data #>> '{last_ai_draft,fallback_reason}' = 'poison'
      and i.draft_state = 'provisional'
  ),
  refused as (
    select count(*) as n, min(d.created_at) as since
    from predraft.interactions i
    join predraft.drafts d on d.id = predraft.draft_number(i.extra_data -> 'last_ai_draft')
    where i.extra_data #>> '{last_ai_draft,fallback_reason}' = 'refused'
      and i.draft_state = 'provisional'
  )
select 'worker' as "check",
  exists (select from predraft.workers w where w.worker_id <> all ((select absent from lone)::int[])) as ok,
  case when exists (select from predraft.workers w where w.worker_id <> all ((select absent from lone)::int[]))
    then (select count(*) || ' running' from predraft.workers w where w.worker_id <> all ((select absent from lone)::int[]))
    else 'no worker is running: start one with `npm start` or `predraft worker`' end as detail,
  null::timestamptz as since
union all
select 'triggers', p is null, coalesce(p || ': run `predraft migrate`', 'all present and enabled'), null
from predraft.trigger_problem() p
union all
select 'messages', true, case when {{watched}} then 'watched: a buyer''s line outdates the draft at once'
  else 'not watched: a buyer''s line is seen when the host mirrors it into its interaction (attach --watch-messages)' end, null
where {{reads_messages}}
union all
select 'enqueue_misses', coalesce(bool_and((m.reason = 'left' or m.reason like 'unjudged %') and m.at > now() - interval '10 seconds'), true), count(*) || ' not yet enqueued', min(m.at) from predraft.enqueue_misses m
union all
select 'dead_jobs', d.n = 0, case d.n when 0 then 'none' else d.n || ' jobs ended without attempts left: see graphile_worker.jobs' end, d.since from dead d
union all
select 'poison', p.n = 0, case p.n when 0 then 'none' else p.n || ' interactions killed their worker each time: they come back by a content change or request_draft(id, true)' end, p.since
from poisoned p
union all
select 'refused', r.n = 0, case r.n when 0 then 'none' else r.n || ' interactions that the model declines to answer: write these replies yourself; they come back by a content change, another model or request_draft(id, true)' end, r.since
from refused r
union all
select 'reading ' || r.subject, r.is_ok, concat_ws(': ', r.what, r.todo), null from predraft.readings() r
union all
select 'setting ' || s.key, s.error is null, coalesce(s.error || '; the last good value acts', 'ok'), s.changed_at
from predraft.settings s where s.error is not null
union all
select 'setting ' || btrim(u.key), u.meant is null,
  case when u.meant is null then 'predraft knows no such setting: it is taken for another program''s'
    else 'predraft knows no such setting, so it does nothing: is ' || u.meant || ' meant?' end, null
from predraft.unknown_settings() u
union all
select 'provider ' || g.provider, coalesce(g.paused_until <= now(), true),
  case when g.paused_until > now() then coalesce(g.paused_reason, 'paused')
    || case when strpos(g.provider, ':') = 0 then ' until ' || g.paused_until else '' end else 'ok' end,   -- the end of an outage is unknown
  case when g.paused_until > now() then g.paused_since end
from predraft.gate g
$view$, 
  'One line a check: whether it is ok, what it found, and since when.');
