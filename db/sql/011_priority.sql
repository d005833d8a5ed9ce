-- The priority by the table of the domain if the host gives none: the most urgent cue wins.

create or replace function predraft.priority_rank(p text)
returns int
language sql immutable parallel safe set search_path = ''
as $body$
  select case p collate "C" when 'urgent' then 0 when 'high' then 10 when 'normal' then 20 else 30 end
$body$;
comment on function predraft.priority_rank(text) is 'A priority as the queue counts it: urgent 0, high 10, normal 20, anything else 30.';

create or replace function predraft.is_grave(body text)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $body$
begin
  return body ~ (predraft.cue_regex('{hint_grave}') collate "C")
    and predraft.cue_text(body) ~ (predraft.cue_regex('{harm,counterfeit,legal}') collate "C");
end
$body$;
comment on function predraft.is_grave(text) is 'Whether a text tells of harm, counterfeit or the law: urgent in any channel.';

create or replace function predraft.is_trouble(body text)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $body$
declare
  t text collate "C";
begin
  if not body ~ (predraft.cue_regex('{hint_trouble}') collate "C") then
    return false;
  end if;
  -- Cleaning removes cues and adds none. It costs as much as both searches, so only texts with a find are cleaned.
  if not (body ~ (predraft.cue_regex('{defect}') collate "C") or body ~ (predraft.cue_regex('{wrong_item}') collate "C")) then
    return false;
  end if;
  t := predraft.cue_text(body);
  -- Two searches, because the cost of a regex grows faster than its length.
  return t ~ predraft.cue_regex('{defect}') or t ~ predraft.cue_regex('{wrong_item}');
end
$body$;
comment on function predraft.is_trouble(text) is 'Whether a text tells of a defect or a wrong item.';

create or replace function predraft.text_has_topic(body text, regex text)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $body$
begin
  if not body ~ (regex collate "C") then
    return false;
  end if;
  -- Only cancelling and delivery can be negated, so most finds need no costly cleaning.
  if not body ~ (predraft.cue_regex('{hint_unsure}') collate "C") and not body ~ ($re$[A-Za-z]$re$ collate "C") then
    return true;
  end if;
  return predraft.cue_text(body) ~ (regex collate "C");
end
$body$;
comment on function predraft.text_has_topic(text, text) is
  'Whether a text matches the regex of some of the codes delivery, cancel, size, availability, specification, safety and before_purchase, negations left out.';

create or replace function predraft.only_thanks(body text)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $body$
begin
  if not body ~ (predraft.cue_regex('{thanks}') collate "C") or pg_catalog.strpos(body collate "C", '?') > 0 then
    return false;
  end if;
  return predraft.cue_plain(body) ~ (predraft.cue_regex('{thanks}') collate "C")
    and not predraft.cue_text(body) ~ (predraft.cue_regex(
      '{request,defect,wrong_item,delivery,cancel,size,availability,specification,safety,return,before_purchase}') collate "C");
end
$body$;
comment on function predraft.only_thanks(text) is 'Whether a text gives thanks, holds no other cue and asks for nothing.';

create or replace function predraft.rule_priority(channel text, rating int, body text)
returns text
language plpgsql immutable parallel safe set search_path = ''
as $body$
declare
  t text collate "C" := body;
  kind text collate "C" := channel;
begin
  if pg_catalog.octet_length(t) > 16000 then
    t := predraft.cue_head(t);
  end if;
  -- is_grave begins with the same search; here it spares most texts the call.
  if t ~ predraft.cue_regex('{hint_grave}') and predraft.is_grave(t) then
    return 'urgent';
  end if;
  if kind = 'review' then
    if rating >= 1 then
      return case when rating <= 2 then 'high' when rating = 3 then 'normal' else 'low' end;
    elsif predraft.is_trouble(t) then
      -- A trouble without stars counts as one or two stars.
      return 'high';
    end if;
  elsif predraft.is_trouble(t) then
    return 'urgent';
  elsif kind = 'question' then
    if predraft.text_has_topic(t, predraft.cue_regex('{safety}')) then
      return 'urgent';
    elsif predraft.text_has_topic(t, predraft.cue_regex('{size,availability}')) then
      return 'high';
    end if;
  elsif predraft.text_has_topic(t, predraft.cue_regex('{delivery,cancel,size,availability,specification,before_purchase}')) then
    return 'high';
  end if;
  return case when predraft.only_thanks(t) then 'low' else 'normal' end;
end
$body$;
comment on function predraft.rule_priority(text, int, text) is
  'urgent, high, normal or low by channel, stars and the most urgent cue of the text; an unknown channel counts as a chat. Never null, never raises.';

create or replace function predraft.effective_priority(host_priority text, source text, channel text, rating int, body text)
returns text
language plpgsql immutable parallel safe set search_path = ''
as $body$
declare
  -- Under "C" lower() knows only ASCII, in every database.
  given text collate "C" := pg_catalog.lower(pg_catalog.btrim(host_priority, ' ' || pg_catalog.chr(9) || pg_catalog.chr(10) || pg_catalog.chr(13)) collate "C");
  ruled text;
begin
  if given not in ('urgent', 'high', 'normal', 'low') then
    given := null;
  end if;
  if given = 'urgent' or (given is not null and source collate "C" is distinct from 'higher_of_both') then
    return given;
  end if;
  ruled := predraft.rule_priority(channel, rating, body);
  return case when predraft.priority_rank(given) < predraft.priority_rank(ruled) then given else ruled end;
end
$body$;
comment on function predraft.effective_priority(text, text, text, int, text) is
  'The priority that counts: the host''s where it gives one of the four, else the rules''; with the source higher_of_both the more urgent of the two.';

-- Used by the triggers until 0.1, for many rows at once.
drop function if exists predraft.judged_wants({{key}}[], text[], text[], int[], text[], timestamptz[]);
drop function if exists predraft.effective_priorities(text[], text, text[], int[], text[]);
drop function if exists predraft.rule_priorities(text[], int[], text[]);
drop function if exists predraft.sure_priorities(text[], text[]);
drop function if exists predraft.common_topics(text);
drop function if exists predraft.cue_marks(text[], text);
drop function if exists predraft.bulk_regex(text);
