-- A seller's voice in the host's settings: a JSON object.

create or replace function predraft.tone_of(word text) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when w.word ~ '^(formal|official|business|strict|официальн|делов|строг|формальн|вежлив)' then 'formal'
    when w.word ~ '^(friendly|warm|casual|informal|дружелюбн|дружеск|теплы|душевн|неформальн|приветлив)' then 'friendly'
    when w.word ~ '^(neutral|default|standard|normal|нейтральн|обычн|стандартн|спокойн)' or w.word = '' then 'neutral'
  end
  -- Letter by letter, because the letters that lower() knows depend on the database.
  from (select translate(btrim(word), 'ABCDEFGHIJKLMNOPQRSTUVWXYZАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё',
    'abcdefghijklmnopqrstuvwxyzабвгдеежзийклмнопрстуфхцчшщъыьэюяе') as word) w
$$;
comment on function predraft.tone_of(text) is 'formal, neutral or friendly for a word that means one of them, in English or Russian; null for any other.';

create or replace function predraft.voice_key(p_seller {{seller_key}}) returns text
language sql stable security definer set search_path = ''
as $$
  select r.key::text from {{settings}} r
  where r.key::text like '%seller_' || p_seller and r.key::text ~* '(setting|tone|voice|ai)' and r.key::text ~ '[:_/.-][0-9a-f-]+$'
  order by r.key::text ~ 'ai' desc, 1 limit 1
$$;
comment on function predraft.voice_key({{seller_key}}) is
  'The key of a seller''s voice in the settings of a host that had none at attach: one like ai_settings:seller:7. Null where there is none.';

create or replace function predraft.host_voice(p_seller {{seller_key}}) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  raw text;
  voice jsonb;
  word text;
  rules jsonb;
begin
  raw := predraft.host_setting(coalesce({{voice_prefix}} || p_seller, predraft.voice_key(p_seller)));
  if raw is null then
    return null;
  end if;
  voice := raw::jsonb;
  if jsonb_typeof(voice) <> 'object' then
    return null;
  end if;
  word := predraft.document_value(voice, 'tone');
  rules := coalesce(voice -> 'own_rules', voice -> 'rules', voice -> 'instructions');
  return jsonb_build_object(
    'tone', coalesce(predraft.tone_of(word), 'neutral'),
    'signature', left(predraft.document_value(voice, 'signature'), 200),
    'own_rules', left(nullif(concat_ws(E'\n',
      case when word is not null and predraft.tone_of(word) is null then 'Тон: ' || word end,
      case when jsonb_typeof(rules) = 'array'
        then (select string_agg(r.rule, E'\n' order by r.place) from jsonb_array_elements_text(rules) with ordinality r(rule, place))
        else predraft.document_text(voice, array['own_rules', 'rules', 'instructions']) end), ''), 4000));
exception when others then   -- not JSON, or not of this shape
  return null;
end $$;
comment on function predraft.host_voice({{seller_key}}) is
  'A seller''s {tone, signature, own_rules} from the host''s settings; a tone that is none of ours counts as neutral and becomes a rule. Null where the host says nothing readable.';
