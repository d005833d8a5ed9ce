-- Cues: the topics of a buyer's text. Nothing here depends on a locale or a session setting: the regexes spell both cases out, bounds are explicit
-- classes, the collation is "C", and dollar quotes keep backslashes out of standard_conforming_strings' reach.

create or replace function predraft.cue_expand(words text)
returns text
language sql immutable parallel safe set search_path = ''
as $body$
  select pg_catalog.string_agg(
      case
        when c.ch = '%' then $re$[A-Za-zЀ-ӿ]*$re$
        when c.ch = '>' then $re$($|[^A-Za-zЀ-ӿ])$re$
        when c.ch = ' ' then $re$[ \t\u00a0\u2002-\u200a\u202f"'*_«»–—-]+$re$
        when c.ch = '~' then $re$[ \t\u00a0\u2002-\u200a\u202f"'*_«»–—-]*$re$
        when a.at > 0 then '[' || pg_catalog.split_part($re$аАaA бБ вВB гГ дД еЕёЁeE жЖ зЗ иИйЙ кКkK лЛ мМmM нНhH оОoO пП рРpP сСcC тТtT уУyY фФ хХxX цЦ чЧ шШ щЩ ъЪ ыЫ ьЬb эЭ юЮ яЯ$re$, ' ', a.at) || ']'
        else c.ch
      end, '' order by c.n)
  from pg_catalog.regexp_split_to_table(words collate "C", '') with ordinality as c(ch, n)
  cross join lateral pg_catalog.strpos('абвгдежзийклмнопрстуфхцчшщъыьэюя', c.ch) as s(pos)
  -- й is not listed, because it is normalized to и.
  cross join lateral (select case when s.pos >= 10 then s.pos - 1 else s.pos end) as a(at)
$body$;
comment on function predraft.cue_expand(text) is 'The notation of predraft.cue_words as a regex, without the bound on its left.';

create or replace function predraft.cue_regex(codes text[])
returns text
language sql immutable parallel safe set search_path = ''
as $body$
  select '(^|[^A-Za-zЀ-ӿ])(' || pg_catalog.string_agg(predraft.cue_expand(
      pg_catalog.array_to_string(array(
        select pg_catalog.btrim(l.line) from pg_catalog.string_to_table(predraft.cue_words(k.code), pg_catalog.chr(10)) as l(line)
        where pg_catalog.btrim(l.line) <> ''), '|')), '|' order by k.n)
    -- An invisible character can hide words from this search, so it counts as found, and the cleaned text decides.
    || $re$)|[\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff]$re$
  from pg_catalog.unnest(codes) with ordinality as k(code, n)
$body$;
comment on function predraft.cue_regex(text[]) is
  'One regex for all the words of some codes. Called with constants only, so that plans hold the result and a session builds it once.';

create or replace function predraft.cue_negations()
returns text
language sql immutable parallel safe set search_path = ''
as $body$
  -- {any}: a noun with a negation before or after it. {gen}: its genitive; only the genitive makes "брака не заметила" a negation
  -- ("брак не заметила" says that there is a defect).
  select '(^|[^A-Za-zЀ-ӿ])(' || predraft.cue_expand(pg_catalog.replace(pg_catalog.replace(pg_catalog.array_to_string(array(
      select pg_catalog.btrim(l.line) from pg_catalog.string_to_table($w$
        (не|нет|без|ни|никак(ои|их|ого)) (намек% на )?((явн|видим|как|никак|либо|одн|един|признак|след|мал|это|завод|был)% ){0,2}{any}%(,?( и | или | ни |,~)(ни )?{any}%)*(?![?A-Za-zЀ-ӿ])
        не вызы?ва(ет|л|ла|ло|ли|ют) ((никак|у|нас|меня|реб|кож)% ){0,2}{any}%(,?( и | или | ни |,~)(ни )?{any}%)*
        не (обнаруж|замет|наш|вид|увид|выяв|имею|имеет|был)% ((никак|ни|одн|един|в|явн)% ){0,2}{gen}(?![A-Za-zЀ-ӿ])
        {gen}(,?( и | или |,~){gen})*( (в|на|по|к|у|от|из) [A-Za-zЀ-ӿ]+)?( (пока|вообще|совсем|никак%|точно|тоже|вроде|же|нет и|абсолютно))*( |~:~)(нет|нету|не (был|замет|наш|увид|виж|вид|имею|имеет|име|оказ|буд)%|отсутств%)(?![A-Za-zЀ-ӿ])
        {any}% (у [A-Za-zЀ-ӿ]+ )?(не (обнаруж|выяв|наблюд|вызы?ва|появ|возник|был)|отсутств)%
        {any}%~(:|—|–|-)~нет(?![A-Za-zЀ-ӿ])
        не (разу |пока |еще |сильно |был% )?(сл(о|а)ма|полома|порва|разорва|тресну|лопну|разби|отвал|оторва|развал|перепут|испор|протек|задерж|повре|просроч|помя|поцарап)%
        не (надо |нужно |стоит )?отмен(яите|яи|ите|ять)>
        (защи(т|щ)|маз|средств|крем|помо(г|ж)|пластыр|спаса|спас|спрей|гель|бальзам)% от (ожог|травм|сыпи|аллерг)%
        (спасибо|благодарю|благодарим) за (очень |быстр% |такую |супер |оперативн% |отличн% )*достав%
        достав% (очень |супер |тоже )*(быстр(ая|о)|во~время|отличн|хорош|супер|понрав|оперативн)%
        обмен% (валют|опыт)%
        брак(а|е|у)? (заключ|зарегистр|распал)%
      $w$, pg_catalog.chr(10)) as l(line) where pg_catalog.btrim(l.line) <> ''), '|'),
      '{any}', '(брак|деф|диф|полом|неиспр|трещ|царап|сколов|поврежд|поддел|фе(и)?к|контраф|аллерг|алерг|ожог|сып(ь|и)|травм|отравл|пр(е|и)т(е|и)нз|раздраж|просроч|задерж|зуд(а|у)?|вмятин)'),
      '{gen}', '(брака|деф(е|э)кта|деф(е|э)ктов|поломок|трещин|царапин|сколов|вмятин|повреждении|подделки|аллергии|алергии|ожога|ожогов|сыпи|травм|раздражения|раздражении|зуда|претензии|притензии|задержек)')) || ')'
$body$;
comment on function predraft.cue_negations() is 'The regex of what turns a cue around, and of phrases that hold the word of a cue and mean something else.';

create or replace function predraft.cue_head(body text)
returns text
language sql immutable parallel safe set search_path = ''
as $body$
  select case when pg_catalog.octet_length(body) > 16000 then pg_catalog.left(body, 4000) || ' ' || pg_catalog.right(body, 4000) else body end
$body$;
comment on function predraft.cue_head(text) is 'What is scanned of a text: all of it up to 16,000 bytes, beyond that its first and its last 4,000 characters.';

create or replace function predraft.cue_plain(body text)
returns text
language plpgsql immutable parallel safe set search_path = ''
as $body$
declare
  t text collate "C" := body;
begin
  if t ~ $re$[A-Za-z\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff]$re$ then
    t := pg_catalog.regexp_replace(t, $re$[\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff]+$re$, '', 'g');
    -- A word wholly in Latin is not Russian, even if its letters look so; q stays in its place, so that its neighbours stay apart.
    t := pg_catalog.regexp_replace(t, $re$(?<![A-Za-zЀ-ӿ])[A-Za-z]+(?![A-Za-zЀ-ӿ])$re$, 'q', 'g');
  end if;
  return t;
end
$body$;
comment on function predraft.cue_plain(text) is 'A text without invisible characters, and with q for each word that is wholly in Latin.';

create or replace function predraft.cue_text(body text)
returns text
language plpgsql immutable parallel safe set search_path = ''
as $body$
declare
  t text collate "C" := predraft.cue_plain(body);
begin
  -- Two small searches spare most texts the costly one: is there a negation, and anything to negate?
  if t ~ predraft.cue_regex('{hint_negation}') and t ~ predraft.cue_regex('{hint_negatable}') then
    return pg_catalog.regexp_replace(t, predraft.cue_negations(), ' ', 'g');
  end if;
  return t;
end
$body$;
comment on function predraft.cue_text(text) is 'A plain text without what turns cues around: what all cues but thanks are looked for in.';

create or replace function predraft.cues(body text)
returns text[]
language plpgsql immutable parallel safe set search_path = ''
as $body$
declare
  plain text collate "C" := predraft.cue_plain(predraft.cue_head(body));
  t text collate "C" := predraft.cue_text(plain);
begin
  return pg_catalog.array_remove(array[
    case when t ~ predraft.cue_regex('{harm}') then 'harm' end,
    case when t ~ predraft.cue_regex('{counterfeit}') then 'counterfeit' end,
    case when t ~ predraft.cue_regex('{legal}') then 'legal' end,
    case when t ~ predraft.cue_regex('{defect}') then 'defect' end,
    case when t ~ predraft.cue_regex('{wrong_item}') then 'wrong_item' end,
    case when t ~ predraft.cue_regex('{delivery}') then 'delivery' end,
    case when t ~ predraft.cue_regex('{cancel}') then 'cancel' end,
    case when t ~ predraft.cue_regex('{size}') then 'size' end,
    case when t ~ predraft.cue_regex('{availability}') then 'availability' end,
    case when t ~ predraft.cue_regex('{specification}') then 'specification' end,
    case when t ~ predraft.cue_regex('{safety}') then 'safety' end,
    case when t ~ predraft.cue_regex('{return}') then 'return' end,
    case when t ~ predraft.cue_regex('{before_purchase}') then 'before_purchase' end,
    case when plain ~ predraft.cue_regex('{thanks}') then 'thanks' end
  ], null);
end
$body$;
comment on function predraft.cues(text) is 'The codes of the cues in a text, negated ones left out, always in the same order; {} for none. Never raises.';
