-- The host's rows under canonical names. Everything outside host_* files reads interactions through this view.

select predraft.ensure_view('interactions', $view$
select
  {{i.id}} as id,
  {{i.seller_id}} as seller_id,
  {{i.marketplace}} as marketplace,
  {{i.channel}} as channel,
  {{i.external_id}} as external_id,
  {{i.customer_id}} as customer_id,
  {{i.customer_name}} as customer_name,
  {{i.order_id}} as order_id,
  {{i.nm_id}} as nm_id,
  {{i.product_article}} as product_article,
  {{i.product_name}} as product_name,
  {{i.subject}} as subject,
  {{i.text}} as text,
  {{i.rating}} as rating,
  {{i.status}} as status,
  {{i.effective_priority}} as priority,
  {{i.needs_response}} as needs_response,
  {{i.occurred_at}} as occurred_at,
  {{i.last_message_text}} as last_message_text,
  {{i.last_message_at}} as last_message_at,
  d.doc as extra_data,
  h.hash as content_hash,
  case
    when not {{i.open}} then 'closed'
    when f.fresh and not w.outdated and d.doc #>> '{last_ai_draft,provisional}' = 'true' then 'provisional'
    when f.fresh and not w.outdated then 'ready'
    when exists (
      select from predraft.draft_claims c
      where c.interaction_id = {{i.id}} and c.content_hash = h.hash
    ) then 'in_progress'
    else coalesce(
      case when exists (select from predraft.job_owners o where o.interaction_id = {{i.id}}) then predraft.job_state({{i.id}}) end,
      -- The worker is about to enqueue a job for it.
      case when {{i.id}} in (select m.interaction_id from predraft.enqueue_misses m where m.reason = 'left') then 'queued' end,
      'none')
  end as draft_state,
  {{i.thread_value}} as thread,
  w.outdated
from {{table}} i
cross join lateral (select {{i.doc}} as doc) d
cross join lateral (select {{i.hash}} as hash) h
cross join lateral (
  select coalesce(d.doc #>> '{last_ai_draft,content_hash}' = h.hash, false) as fresh
) f
cross join lateral (
  select {{watched}} and f.fresh and predraft.is_outdated({{i.thread_value}}, d.doc -> 'last_ai_draft') as outdated
) w
$view$, 
  'The host''s interactions under canonical names, with the content hash the state of the draft: ready, provisional, in_progress, queued, waiting, none or closed, and whether the buyer has written since what its draft has not seen.');
