-- Before a call: take the claim on the content version, then charge the seller's windows, and after them the provider's gate.

create or replace function predraft.still_due(p_interaction {{key}}, p_hash text, p_forced boolean) returns boolean
language sql volatile security definer set search_path = ''
as $$
  select exists (
    select from predraft.interactions i
    where i.id = p_interaction and i.content_hash = p_hash
      and i.needs_response is true and i.status is distinct from 'responded'
      and (p_forced
        or i.extra_data #>> '{last_ai_draft,content_hash}' is distinct from p_hash
        or i.extra_data #>> '{last_ai_draft,provisional}' = 'true'
        or i.outdated
        or i.extra_data #>> '{last_ai_draft,source}' = 'offline')   -- final only for the offline provider, whose second draft is free
  )
$$;
comment on function predraft.still_due({{key}}, text, boolean) is
  'Whether this content version still is the interaction''s, open, and without a final draft.';

drop function if exists predraft.reserve_call(
  {{key}}, text, {{seller_key}}, int, text, text, boolean, boolean, interval, int, int, int, int);   -- before version 6
create or replace function predraft.reserve_call(
  p_interaction {{key}}, p_hash text, p_seller {{seller_key}}, p_worker int, p_provider text,
  p_kind text,             -- see predraft.call_kind
  p_forced boolean,
  p_paid boolean,          -- false: offline; takes the claim, charges nothing
  out verdict text, out until timestamptz, out claim bigint, out why text, out holder int
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  t timestamptz;
  today record;
  cycle_start timestamptz;
  judged record;
  mine boolean;
  windows int;
  g predraft.gate;
begin
  insert into predraft.draft_claims as c (interaction_id, content_hash, worker_id, seller_id, provider, paid)
  values (p_interaction, p_hash, p_worker, p_seller, p_provider, p_paid)
  on conflict on constraint draft_claims_version_key do update set again = true
  returning c.claim_id, c.xmax = 0, c.worker_id into claim, mine, holder;
  if not mine then
    verdict := 'claimed';
    return;
  end if;

  -- Checked only now, because the claim's previous holder may have saved a draft since this job read the row.
  if not predraft.still_due(p_interaction, p_hash, p_forced) then
    verdict := 'reread';
  elsif not p_paid then
    verdict := 'go';
    return;
  else
    t := clock_timestamp();
    today := predraft.day_of(p_seller, t);
    cycle_start := predraft.cycle_of(t);
    for attempt in 1..2 loop
      -- One statement locks both windows, in one order.
      select count(*) into windows
      from (
        select from predraft.seller_usage s
        where s.seller_id = p_seller
          and (s.win = 'day' and s.win_start = today.day_start or s.win = 'cycle' and s.win_start = cycle_start)
        order by s.win for update
      ) u;
      exit when windows = 2;
      insert into predraft.seller_usage (seller_id, win, win_start)
      values (p_seller, 'cycle', cycle_start), (p_seller, 'day', today.day_start) on conflict do nothing;
    end loop;
    judged := predraft.limit_for(p_seller, p_provider, p_kind, t);
    why := judged.why; until := judged.until;

    if why is null and (judged.pace > interval '0' or judged.global_calls > 0) then
      select * into g from predraft.gate where provider = p_provider for update;   -- every statement below sees all earlier calls
      if not found then
        insert into predraft.gate (provider) values (p_provider) on conflict do nothing;
        select * into g from predraft.gate where provider = p_provider for update;
      end if;
      t := clock_timestamp();
    end if;

    if why is not null then
      verdict := case why when 'daily_limit' then 'fallback' else 'wait' end;
    elsif judged.global_calls > 0
      and (select count(*) from predraft.draft_claims c where c.paid and c.day is not null and c.claim_id <> claim) >= judged.global_calls then
      verdict := 'retry'; why := 'global'; until := t + interval '100 milliseconds';
    -- A start that is later than now was noted before the server's clock was set back.
    elsif not judged.free_pass and g.last_start_at <= t and g.last_start_at + judged.pace > t then
      verdict := 'retry'; why := 'pace'; until := g.last_start_at + judged.pace;
    else
      verdict := 'go';
      if not judged.free_pass and judged.pace > interval '0' then
        update predraft.gate set last_start_at = t where provider = p_provider;
      end if;
      update predraft.seller_usage s
      set calls = s.calls + case when s.win = 'day' or not judged.free_pass then 1 else 0 end,
        urgent = s.urgent + case when s.win = 'cycle' and judged.free_pass then 1 else 0 end
      where s.seller_id = p_seller
        and (s.win = 'day' and s.win_start = today.day_start
          or s.win = 'cycle' and s.win_start = cycle_start and p_kind <> 'demand');
      -- The claim keeps what was charged, so that a refund goes to these windows at any later time.
      update predraft.draft_claims
      set day = today.day_start, cycle = case when p_kind <> 'demand' then cycle_start end, urgent = judged.free_pass
      where claim_id = claim;
      return;
    end if;
  end if;
  delete from predraft.draft_claims where claim_id = claim;
  claim := null;
end $$;
comment on function predraft.reserve_call({{key}}, text, {{seller_key}}, int, text, text, boolean, boolean) is
  'Takes the claim on a content version and charges all limits as the settings are now. Verdicts: go (claim set), claimed (claim and holder are another''s, who was told), reread (no longer due), fallback (daily limit; until), wait (until; why: provider or cycle), retry (until; why: global or pace).';

create or replace function predraft.release_call(p_claim bigint, p_saved boolean, p_refund boolean) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  dropped predraft.draft_claims;
begin
  -- If a crash of Postgres undoes this, the claim counts as a dead worker's and is reaped: not worth a flush to disk.
  perform set_config('synchronous_commit', 'off', true);
  delete from predraft.draft_claims where claim_id = p_claim returning * into dropped;
  if dropped.claim_id is null then
    return;   -- the claim was reaped
  end if;
  if p_refund and dropped.day is not null then
    -- In the order of reserve_call's locks.
    update predraft.seller_usage
      set calls = greatest(calls - (not dropped.urgent)::int, 0), urgent = greatest(urgent - dropped.urgent::int, 0)
      where seller_id = dropped.seller_id and win = 'cycle' and win_start = dropped.cycle;
    update predraft.seller_usage set calls = greatest(calls - 1, 0)
      where seller_id = dropped.seller_id and win = 'day' and win_start = dropped.day;
  end if;
  if p_saved then
    perform predraft.notify_drafts('saved', jsonb_build_array(jsonb_build_object(
      'id', dropped.interaction_id, 'seller_id', dropped.seller_id, 'hash', dropped.content_hash)));
  end if;
  -- If messages are watched, the saved draft may have missed the message for which the other job came.
  if dropped.again and (not p_saved or {{watched}}) then
    perform predraft.enqueue_ids(array[dropped.interaction_id]);
  end if;
end $$;
comment on function predraft.release_call(bigint, boolean, boolean) is
  'Drops a claim: notifies where its draft was saved, gives an unbilled call back to the windows it was charged to, and enqueues anew where another job was refused because of it.';
