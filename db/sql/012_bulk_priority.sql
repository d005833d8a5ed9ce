-- The priority rules for a whole statement. PostgreSQL builds a regex's automaton anew for each search, which costs 12 to 90 µs however short
-- the text is; joined, the texts of many rows are one search, and it is built anew only behind each text with a hit.
-- Generic plans only: a custom one would spell out each regex again, 8 ms a statement for the first five of a session.

create or replace function predraft.bulk_regex(regex text)
returns text
language sql immutable parallel safe set search_path = ''
as $body$
  -- A match runs to the end of its text, so that a text is hit once, and no match runs into the next one. Groups that capture would cost more.
  select '(?:' || pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(regex, '(', '(?:'), '(?:?', '(?'), '[^.!?]*', $re$[^.!?\x03]*$re$)
    || $re$)[^\x03]*$re$
$body$;
comment on function predraft.bulk_regex(text) is
  'A regex of predraft.cue_regex or predraft.cue_negations as predraft.cue_marks takes it. Called with constants only.';

create or replace function predraft.cue_marks(bodies text[], regex text)
returns boolean[]
language plpgsql immutable parallel safe set search_path = '' set plan_cache_mode = force_generic_plan
as $body$
declare
  -- Between two texts stand a bound for the one before, the mark of the end, and a bound for the one behind.
  parted constant text := pg_catalog.chr(1) || pg_catalog.chr(3) || pg_catalog.chr(1);
  marked text;
begin
  marked := pg_catalog.regexp_replace(
    (pg_catalog.array_to_string(bodies, parted, '') || pg_catalog.chr(1)) collate "C", regex, pg_catalog.chr(2), 'g');
  return array(select pg_catalog.strpos(t, pg_catalog.chr(2)) > 0 from unnest(pg_catalog.string_to_array(marked, pg_catalog.chr(3))) t);
end
$body$;
comment on function predraft.cue_marks(text[], text) is
  'Which of some texts a predraft.bulk_regex matches, in their order; null ones never. The texts hold no characters 1 to 3.';

create or replace function predraft.common_topics(kind text)
returns text[]
language sql immutable parallel safe set search_path = ''
as $body$
  select case kind
    when 'question' then array['% размер%', '% рост %', '% подойд%', '% в наличии%', '% появится %', '% появятся %']
    when 'chat' then array['% доставк%', '% доставл%', '% достави%', '% курьер%', '% посылк%', '% отменить%', '% размер%', '% подойд%', '% в наличии%',
      '% материал%', '% состав %', 'Где мой заказ%', '% где мой заказ%', 'Где заказ%', 'Хочу заказать%', 'Есть ли %']
  end
$body$;
comment on function predraft.common_topics(text) is
  'LIKE patterns of how buyers mostly spell the topics that make a question or a chat high: each finds nothing that the regex of these topics would not, at a fiftieth of its price.';

create or replace function predraft.sure_priorities(kinds text[], texts text[])
returns text[]
language plpgsql immutable parallel safe set search_path = '' set plan_cache_mode = force_generic_plan
as $body$
declare
  unstarred text[];
  others text[];
  grave boolean[];
  trouble boolean[];
  safe boolean[];
  common boolean[];
  topic boolean[];
  turned boolean[];
begin
  grave := predraft.cue_marks(texts, predraft.bulk_regex(predraft.cue_regex('{hint_grave}')));
  unstarred := array(select case when k <> 'stars' then t end from unnest(kinds, texts) u(k, t));
  -- predraft.is_trouble asks a hint first, which only saves time.
  trouble := predraft.cue_marks(unstarred, predraft.bulk_regex(predraft.cue_regex('{defect}')));
  trouble := array(select a or b from unnest(trouble, predraft.cue_marks(
    array(select case when not m then t end from unnest(unstarred, trouble) u(t, m)), predraft.bulk_regex(predraft.cue_regex('{wrong_item}')))) u(a, b));
  others := array(select case when k = 'question' and not m then t end from unnest(kinds, unstarred, trouble) u(k, t, m));
  safe := predraft.cue_marks(others, predraft.bulk_regex(predraft.cue_regex('{safety}')));
  -- Most of these have a topic, and each hit has its price: what LIKE finds isn't searched for again.
  common := array(select not m and coalesce(case k
      when 'question' then (t collate "C") like any (predraft.common_topics('question'))
      when 'chat' then (t collate "C") like any (predraft.common_topics('chat')) end, false)
    from unnest(kinds, unstarred, trouble) u(k, t, m));
  topic := predraft.cue_marks(
    array(select case when not m and not c then t end from unnest(others, safe, common) u(t, m, c)),
    predraft.bulk_regex(predraft.cue_regex('{size,availability}')));
  others := array(select case when k = 'chat' and not m and not c then t end from unnest(kinds, unstarred, trouble, common) u(k, t, m, c));
  topic := array(select a or b or c from unnest(topic, common, predraft.cue_marks(others, predraft.bulk_regex(
    predraft.cue_regex('{delivery,cancel,size,availability,specification,before_purchase}')))) u(a, b, c));
  -- What no negation touches, and no Latin letter or invisible character, is as it reads.
  turned := predraft.cue_marks(
    array(select case when g or m or s or p then t end from unnest(texts, grave, trouble, safe, topic) u(t, g, m, s, p)),
    predraft.bulk_regex(predraft.cue_negations()));
  turned := array(select n or (g or m or s or p) and t ~ ($re$[A-Za-z\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff]$re$ collate "C")
    from unnest(turned, texts, grave, trouble, safe, topic) u(n, t, g, m, s, p));
  others := array(select case when g and not n then t end from unnest(texts, grave, turned) u(t, g, n));
  grave := predraft.cue_marks(others, predraft.bulk_regex(predraft.cue_regex('{harm,counterfeit,legal}')));
  others := array(select case when not (m or s or p) and pg_catalog.strpos(t, '?') = 0 then t end from unnest(unstarred, trouble, safe, topic) u(t, m, s, p));
  return array(
    select case
        when n then null
        when g then 'urgent'
        when k = 'stars' then 'stars'
        when m then case k when 'review' then 'high' else 'urgent' end
        when s then 'urgent'
        when p then 'high'
        when thanks then null
        else 'normal'
      end
    from unnest(kinds, grave, trouble, safe, topic, turned,
      predraft.cue_marks(others, predraft.bulk_regex(predraft.cue_regex('{thanks}')))) u(k, g, m, s, p, n, thanks));
end
$body$;
comment on function predraft.sure_priorities(text[], text[]) is
  'What predraft.rule_priority answers for texts of the kinds review (without stars), question, chat and stars: stars where these decide; null where only it can tell.';

create or replace function predraft.rule_priorities(channels text[], ratings int[], bodies text[])
returns text[]
language plpgsql immutable parallel safe set search_path = '' set plan_cache_mode = force_generic_plan
as $body$
declare
  texts text[];
  kinds text[];
begin
  if coalesce(pg_catalog.cardinality(bodies), 0) <= 3 then
    return array(select predraft.rule_priority(c, r, b) from unnest(channels, ratings, bodies) u(c, r, b));
  end if;
  if pg_catalog.cardinality(bodies) > 1000 then   -- a search copies what it reads, at four bytes a character
    return array(
      select u.p
      from (
        select pg_catalog.array_agg(c order by n) as c, pg_catalog.array_agg(r order by n) as r, pg_catalog.array_agg(b order by n) as b, (n - 1) / 1000 as nth
        from unnest(channels, ratings, bodies) with ordinality t(c, r, b, n) group by (n - 1) / 1000
      ) k
      cross join lateral unnest(predraft.rule_priorities(k.c, k.r, k.b)) with ordinality u(p, n)
      order by k.nth, u.n);
  end if;
  -- Reading alone is what a long text costs, and that is cheaper one by one.
  texts := array(select case when pg_catalog.octet_length(b) <= 1500 then b end from unnest(bodies) b);
  if pg_catalog.array_to_string(texts, '') ~ ($re$[\x01-\x03]$re$ collate "C") then
    -- What predraft.cue_marks parts texts with; to the rules it is as good as any other that is neither letter nor blank.
    texts := array(select pg_catalog.translate(t, E'\x01\x02\x03', E'\x04\x04\x04') from unnest(texts) t);
  end if;
  kinds := array(select case c when 'review' then case when r >= 1 then 'stars' else 'review' end when 'question' then 'question' else 'chat' end
    from unnest(channels, ratings) u(c, r));
  return array(
    select case
        when pg_catalog.octet_length(b) > 1500 then predraft.rule_priority(c, r, b)
        when p = 'stars' then case when r <= 2 then 'high' when r = 3 then 'normal' else 'low' end
        else coalesce(p, predraft.rule_priority(c, r, b))
      end
    from unnest(channels, ratings, bodies, predraft.sure_priorities(kinds, texts)) u(c, r, b, p));
end
$body$;
comment on function predraft.rule_priorities(text[], int[], text[]) is
  'predraft.rule_priority of many rows at once, in their order; the three arrays are of one length.';

create or replace function predraft.effective_priorities(host_priorities text[], source text, channels text[], ratings int[], bodies text[])
returns text[]
language plpgsql immutable parallel safe set search_path = '' set plan_cache_mode = force_generic_plan
as $body$
declare
  given text[];
  ruled text[];
begin
  if coalesce(pg_catalog.cardinality(host_priorities), 0) <= 3 then
    return array(select predraft.effective_priority(p, source, c, r, b) from unnest(host_priorities, channels, ratings, bodies) u(p, c, r, b));
  end if;
  given := array(
    select case when g.priority in ('urgent', 'high', 'normal', 'low') then g.priority end
    from unnest(host_priorities) h(priority)
    cross join lateral (select pg_catalog.lower(pg_catalog.btrim(h.priority, E' \t\n\r') collate "C")) g(priority));
  select predraft.rule_priorities(pg_catalog.array_agg(c), pg_catalog.array_agg(r), pg_catalog.array_agg(b)) into ruled
  from unnest(given, channels, ratings, bodies) u(g, c, r, b)
  where g is null or g <> 'urgent' and source collate "C" = 'higher_of_both';
  if ruled is null then
    return given;
  end if;
  return array(
    select case
        when not u.asked then u.given
        when u.given is not null and predraft.priority_rank(u.given) < predraft.priority_rank(ruled[u.nth]) then u.given
        else ruled[u.nth]
      end
    from (
      select a.given, a.asked, pg_catalog.count(*) filter (where a.asked) over (rows unbounded preceding)::int as nth
      from (
        select g, g is null or g <> 'urgent' and coalesce(source collate "C" = 'higher_of_both', false) from unnest(given) g
      ) a(given, asked)
    ) u);
end
$body$;
comment on function predraft.effective_priorities(text[], text, text[], int[], text[]) is
  'predraft.effective_priority of many rows at once, in their order; the arrays are of one length.';
