-- Housekeeping, a batch a call: locks nothing for longer than a batch takes, and waits for no lock.

create or replace function predraft.clean_drafts(p_after bigint, p_limit int, out last_id bigint, out removed int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  oldest constant timestamptz := now() - predraft.setting('ai_draft_retention_days')::int * interval '1 day';
begin
  with aged as materialized (
    select d.id, d.interaction_id
    from predraft.drafts d where d.id > p_after and d.created_at < oldest order by d.id limit p_limit
  ),
  doomed as (   -- the standing draft stays at any age
    select d.id from predraft.drafts d
    where d.id in (
      select a.id from aged a
      where not exists (
        select from predraft.interactions i
        where i.id = a.interaction_id and predraft.draft_number(i.extra_data -> 'last_ai_draft') = a.id))
    for update skip locked
  ),
  gone as (
    delete from predraft.drafts d where d.id in (select id from doomed) returning 1
  )
  select (select max(id) from aged), (select count(*) from gone) into last_id, removed;
end $$;
comment on function predraft.clean_drafts(bigint, int) is
  'Looks at so many drafts of the history behind an id, and removes those older than ai_draft_retention_days that are not shown. Answers with the last id looked at (null: no more) and how many went.';

create or replace function predraft.clean_usage(p_limit int) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  oldest constant timestamptz := now() - predraft.setting('ai_draft_retention_days')::int * interval '1 day';
  dead bigint[];
  removed int;
  changes int;
  ended int;
begin
  with doomed as (
    select u.seller_id, u.win, u.win_start from predraft.seller_usage u
    -- A cycle's counter is useful for an hour at most; a refund after that belongs to an old call.
    where u.win_start < case u.win when 'cycle' then greatest(oldest, now() - interval '1 day') else oldest end
    limit p_limit for update skip locked
  )
  delete from predraft.seller_usage u using doomed d
  where u.seller_id = d.seller_id and u.win = d.win and u.win_start = d.win_start;
  get diagnostics removed = row_count;

  delete from predraft.content_changes c where c.ctid = any(array(
    select o.ctid from predraft.content_changes o where o.at < now() - interval '1 hour' limit p_limit));
  get diagnostics changes = row_count;
  delete from predraft.thread_marks m where m.id in (
    select o.id from predraft.thread_marks o where o.at < now() - interval '1 day' and o.enqueued order by o.id limit p_limit);

  select array_agg(j.id) into dead
  from (
    select q.id from graphile_worker.jobs q
    where q.task_identifier in ('generate_draft', 'sweep_drafts', 'clean_up')
      and q.attempts >= q.max_attempts and q.locked_at is null
      and q.updated_at < greatest(oldest, now() - interval '30 days')
    limit p_limit
  ) j;
  if dead is not null then
    perform graphile_worker.complete_jobs(dead);
  end if;
  -- Of jobs that ended while their worker died.
  delete from predraft.job_owners o where o.ctid = any(array(
    select e.ctid from predraft.job_owners e where not exists (select from graphile_worker.jobs j where j.key = e.job_key) limit p_limit));
  get diagnostics ended = row_count;
  return removed + changes + ended + coalesce(cardinality(dead), 0);
end $$;
comment on function predraft.clean_usage(int) is
  'Removes counters of windows that are over for good, content changes older than an hour, notes of whose jobs they were that have ended, and our jobs that ended without attempts left over 30 days ago (or ai_draft_retention_days, where that is less): at most so many of each. Returns how many.';
