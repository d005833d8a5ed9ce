-- For people: what the models cost.

select predraft.ensure_view('spend_daily', $view$
select
  (d.created_at at time zone 'UTC')::date as day,
  d.seller_id,
  d.provider,
  d.request_model as model,
  count(*) as calls,
  count(*) filter (where d.outcome = 'failed') as failed,
  count(*) filter (where d.outcome = 'aborted') as aborted,
  count(*) filter (where d.outcome = 'superseded') as superseded,
  coalesce(sum(d.input_tokens), 0) as input_tokens,
  coalesce(sum(d.cached_input_tokens), 0) as cached_input_tokens,
  coalesce(sum(d.output_tokens), 0) as output_tokens,
  coalesce(sum(d.cost_usd), 0) as cost_usd,
  coalesce(sum(d.cost_usd) filter (where d.outcome in ('failed', 'aborted', 'superseded')), 0) as wasted_usd,
  count(*) filter (where d.cost_usd is null and d.input_tokens is not null) as unpriced
from predraft.drafts d
where d.source = 'llm'
group by 1, 2, 3, 4
$view$,
  'What the models cost by day, seller, provider and model. Days are UTC, as the services bill. A call is a generation with its repair; of all calls, so many failed, were aborted or superseded, and wasted_usd is what these cost. cost_usd lacks the unpriced ones: llm_prices can price their model from then on. Shows what the history still holds (ai_draft_retention_days; a deleted interaction takes its calls along).');
