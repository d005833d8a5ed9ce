-- Settings: their keys, the values they take, and the last good value of each.

create or replace function predraft.setting_specs()
returns table (key text, kind text, fallback text, low numeric, high numeric)
language sql immutable parallel safe set search_path = ''
as $$
  values
    ('ai_draft_pregenerate_enabled', 'boolean', 'true', null::numeric, null::numeric),
    ('ai_draft_batch_size', 'integer', '20', 0, 1000000),
    ('ai_draft_urgent_burst', 'integer', '3', 0, 1000000),
    ('ai_draft_delay_seconds', 'number', '1.0', 0, 3600),
    ('ai_draft_daily_limit', 'integer', '200', 0, 100000000),
    ('ai_draft_concurrency', 'integer', '8', 1, 200),
    ('ai_draft_urgent_reserve', 'integer', '1', 0, 200),
    ('ai_draft_global_concurrency', 'integer', '0', 0, 100000),
    ('ai_draft_debounce_seconds', 'number', '0', 0, 3600),
    ('ai_draft_max_age_days', 'integer', '30', 0, 36500),
    ('ai_draft_priority_source', 'priority_source', 'host', null, null),
    ('ai_draft_retention_days', 'integer', '180', 1, 36500),
    ('ai_draft_redraft_offline', 'boolean', 'true', null, null),
    ('llm_enabled', 'boolean', 'true', null, null),
    ('llm_provider', 'provider', null, null, null),
    ('llm_model', 'text', null, null, null),
    ('llm_fallbacks', 'models', '[]', null, null),
    ('llm_prices', 'prices', '{}', null, null)
$$;
comment on function predraft.setting_specs() is
  'Every key of runtime_settings that predraft reads: its kind, its default and its bounds.';

create or replace function predraft.refuse_setting(expected text) returns text
language plpgsql volatile parallel safe set search_path = ''
as $$
begin   -- volatile, so that the planner does not evaluate the refusal before it is reached
  raise exception '%', expected using errcode = 'invalid_parameter_value';
end $$;
comment on function predraft.refuse_setting(text) is 'Raises 22023 with what a setting''s value was expected to be.';

create or replace function predraft.are_models(v jsonb) returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(v) = 'array' and not exists (
    select from jsonb_array_elements(case jsonb_typeof(v) when 'array' then v else '[]' end) e
    where jsonb_typeof(e) <> 'string' or e #>> '{}' !~ '^(openai|deepseek|anthropic):[^[:space:]]+$')
$$;
comment on function predraft.are_models(jsonb) is 'Whether a value is an array of "provider:model", each of a remote provider.';

create or replace function predraft.are_prices(v jsonb) returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(v) = 'object' and not exists (
    select from jsonb_each(case jsonb_typeof(v) when 'object' then v else '{}' end) model
    where jsonb_typeof(model.value) <> 'object' or not model.value ?& array['input', 'output'] or exists (
      select from jsonb_each(case jsonb_typeof(model.value) when 'object' then model.value else '{}' end) price
      where price.key in ('input', 'cached', 'output', 'cache_write')
        and case jsonb_typeof(price.value) when 'number' then (price.value #>> '{}')::numeric not between 0 and 1000000 else true end))
$$;
comment on function predraft.are_prices(jsonb) is
  'Whether a value is an object of prices by model: input and output, and where there are such, cached and cache_write; USD a million tokens.';

create or replace function predraft.parse_setting(setting_key text, raw text) returns text
language plpgsql volatile parallel safe set search_path = ''
as $$
declare
  spec record;
  v constant text := btrim(raw, E' \t\r\n');
  n numeric;
begin
  select * into strict spec from predraft.setting_specs() s where s.key = setting_key;
  case spec.kind
    when 'boolean' then
      return case
        when translate(v, 'TRUEYSON', 'trueyson') in ('true', '1', 'yes', 'on') then 'true'
        when translate(v, 'FALSENO', 'falseno') in ('false', '0', 'no', 'off') then 'false'
        else predraft.refuse_setting('expected true/false, 1/0, yes/no or on/off')
      end;
    when 'integer', 'number' then
      if v !~ (case spec.kind when 'integer' then '^[0-9]{1,12}$' else '^[0-9]{1,12}([.][0-9]{1,6})?$' end) then
        return predraft.refuse_setting(format('expected %s from %s to %s',
          case spec.kind when 'integer' then 'a whole number' else 'a number' end, spec.low, spec.high));
      end if;
      n := v::numeric;
      if n < spec.low or n > spec.high then
        return predraft.refuse_setting(format('expected a number from %s to %s', spec.low, spec.high));
      end if;
      return n::text;
    when 'priority_source' then
      if v in ('host', 'higher_of_both') then return v; end if;
      return predraft.refuse_setting('expected host or higher_of_both');
    when 'provider' then
      if v in ('offline', 'openai', 'deepseek', 'anthropic') then return v; end if;
      return predraft.refuse_setting('expected offline, openai, deepseek or anthropic');
    when 'models' then
      if predraft.are_models(v::jsonb) then return v::jsonb::text; end if;
      return predraft.refuse_setting('expected a JSON array of "provider:model", e.g. ["anthropic:claude-haiku-4-5"]');
    when 'prices' then
      if predraft.are_prices(v::jsonb) then return v::jsonb::text; end if;
      return predraft.refuse_setting('expected a JSON object of prices in USD a million tokens, e.g. {"model-1": {"input": 0.15, "cached": 0.003, "output": 0.6}}');
    else
      if v <> '' then return v; end if;
      return predraft.refuse_setting('expected a name, found nothing');
  end case;
exception
  when invalid_parameter_value or no_data_found then
    raise;
  when others then   -- also numbers that jsonb cannot hold, and nesting deeper than any stack
    return predraft.refuse_setting('expected valid JSON');
end $$;
comment on function predraft.parse_setting(text, text) is
  'Canonical text of a setting''s value. Raises invalid_parameter_value (22023) with what was expected where it does not parse; the value itself is never repeated.';

create or replace function predraft.read_setting(setting_key text, raw text, out value text, out error text)
language plpgsql volatile parallel unsafe set search_path = ''
as $$
begin
  if raw is not null then
    value := predraft.parse_setting(setting_key, raw);
  end if;
exception when invalid_parameter_value then
  get stacked diagnostics error = message_text;
end $$;
comment on function predraft.read_setting(text, text) is
  'The canonical text of a raw value, or what was expected in its place; both null where it is absent.';

create or replace function predraft.take_setting(setting_key text, raw text) returns boolean
language plpgsql volatile set search_path = ''
as $$
declare
  taken record;
begin
  taken := predraft.read_setting(setting_key, raw);
  insert into predraft.settings as s (key, value, error) values (setting_key, taken.value, taken.error)
  on conflict on constraint settings_pkey do update
    set value = case when excluded.error is null then excluded.value else s.value end,
        error = excluded.error,
        changed_at = clock_timestamp()
    where (s.value, s.error) is distinct from
      (case when excluded.error is null then excluded.value else s.value end, excluded.error);
  return found;
end $$;
comment on function predraft.take_setting(text, text) is
  'Takes a raw value (null: absent) as the acting one where it parses, and otherwise keeps the last good one and notes why. True where anything changed.';

create or replace function predraft.setting(setting_key text) returns text
language plpgsql stable parallel safe security definer set search_path = ''
as $$
begin
  return coalesce(
    (select s.value from predraft.settings s where s.key = setting_key),
    (select d.fallback from predraft.setting_specs() d where d.key = setting_key));
end $$;
comment on function predraft.setting(text) is 'The acting value of a setting as canonical text: the last good one, or the default.';

-- Drops values that an older predraft accepted and this one does not.
update predraft.settings s set value = null, changed_at = clock_timestamp()
where s.value is not null and exists (
  select from predraft.setting_specs() d
  cross join lateral predraft.read_setting(d.key, s.value) r   -- d's key, because nothing parses a removed setting
  where d.key = s.key and r.error is not null);
