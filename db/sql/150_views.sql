-- For people: what waits, how much has a draft, what is wrong.

select predraft.ensure_view('queue', $view$
select
  row_number() over (order by j.locked_at nulls last, j.run_at > now(), case when j.run_at > now() then j.run_at end, j.job_priority, j.run_at, j.job_id) as position,
  j.interaction_id,
  case j.job_priority when -10 then 'on demand' when 0 then 'urgent' when 10 then 'high' when 20 then 'normal' when 30 then 'low'
    else case when j.job_priority < 80 then 'upgrade' else 'backfill' end end as priority,
  case
    when j.locked_at is not null then 'running'
    when j.run_at > now() and j.attempts > 0 then 'retried later'
    when j.run_at > now() then 'parked'
    else 'next in order'
  end as reason,
  case when j.run_at > now() then j.run_at end as not_before,
  j.attempts,
  j.max_attempts,
  j.last_error,
  j.job_id,
  j.job_key
from predraft.jobs() j
$view$, 
  'Draft jobs in the order in which they run, and why one waits. A running job comes first; parked ones show the time they wait for.');

select predraft.ensure_view('coverage', $view$
with open as materialized (   -- judges each row once, and looks at no jobs
  select i.seller_id, i.priority, i.occurred_at,
    coalesce(i.extra_data #>> '{last_ai_draft,content_hash}' = i.content_hash, false) as fresh,
    coalesce(i.extra_data #>> '{last_ai_draft,provisional}' = 'true', false) as provisional
  from predraft.interactions i
  where i.needs_response is true and i.status is distinct from 'responded'
)
select
  seller_id,
  priority,
  count(*) filter (where not fresh) as wanting,
  count(*) filter (where fresh and provisional) as provisional,
  count(*) filter (where fresh and not provisional) as final,
  round(count(*) filter (where fresh and not provisional)::numeric / count(*), 3) as share,
  min(occurred_at) filter (where not fresh) as oldest_wanting
from open
group by seller_id, priority
$view$, 
  'Open interactions by seller and priority: how many want a draft, have a provisional one, have a final one, and the share of final ones.');
