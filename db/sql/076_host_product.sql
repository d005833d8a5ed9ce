-- The facts about a product: our own first, then the host's.

create or replace function predraft.scalar_text(value jsonb) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select nullif(btrim(left(case jsonb_typeof(value)
    when 'array' then (
      select string_agg(e.item #>> '{}', ', ' order by e.place)
      from jsonb_array_elements(value) with ordinality e(item, place)
      where jsonb_typeof(e.item) in ('string', 'number', 'boolean'))
    when 'object' then null
    else value #>> '{}'
  end, 500), E' \t\r\n'), '')
$$;
comment on function predraft.scalar_text(jsonb) is
  'An attribute''s value as text of at most 500 characters: a scalar as it is, an array''s scalars joined by commas, null for anything else.';

create or replace function predraft.flat_attributes(attributes jsonb) returns jsonb
language sql immutable parallel safe set search_path = ''
as $$
  select coalesce(jsonb_object_agg(a.name, a.text order by a.place), '{}')
  from (
    select distinct on (p.name) p.name, predraft.scalar_text(p.value) as text, p.place
    from (
      select e.key as name, e.value, e.place
      from jsonb_each(case when jsonb_typeof(attributes) = 'object' then attributes else '{}' end) with ordinality e(key, value, place)
      union all
      select btrim(coalesce(e.item ->> 'name', e.item ->> 'key')), e.item -> 'value', e.place
      from jsonb_array_elements(case when jsonb_typeof(attributes) = 'array' then attributes else '[]' end) with ordinality e(item, place)
    ) p
    where p.name <> '' and predraft.scalar_text(p.value) is not null
    order by p.name, p.place
  ) a
  where a.place <= 200
$$;
comment on function predraft.flat_attributes(jsonb) is
  'A product''s attributes, an object or an array of {name or key, value}, as one flat object of texts; what is neither is left out. At most 200.';

drop function if exists predraft.host_product({{seller_key}}, bigint);   -- before version 6
drop function if exists predraft.product({{seller_key}}, bigint);

create or replace function predraft.host_product(p_seller {{seller_key}}, p_nm bigint, p_interaction {{key}}) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  title text;
  description text;
  attributes jsonb;
  p_key text;   -- the product's key if it is no number
begin
  select {{i.product_key}} into p_key from {{table}} i where {{i.id}} = p_interaction;
  if p_key is null then
    return null;
  end if;
  {{product_row}} into title, description, attributes;
  if not found then
    return null;
  end if;
  return jsonb_build_object('name', nullif(btrim(title), ''), 'attributes',
    case when btrim(description) <> '' then jsonb_build_object('Описание', left(btrim(description), 1500)) else '{}' end
    || predraft.flat_attributes(attributes));
exception when others then
  raise warning 'predraft: product not read (%)', sqlstate;
  return null;
end $$;
comment on function predraft.host_product({{seller_key}}, bigint, {{key}}) is
  'What the host''s catalogue says of an interaction''s product, by its number or, in a catalogue with keys of text, by its name: {name, attributes}; its description is the attribute «Описание», cut to 1,500 characters. Null where it says nothing or cannot be read.';

create or replace function predraft.product(p_seller {{seller_key}}, p_nm bigint, p_interaction {{key}}) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  theirs constant jsonb := predraft.host_product(p_seller, p_nm, p_interaction);
  ours predraft.product_facts;
begin
  select * into ours from predraft.product_facts f where f.seller_id = p_seller and f.nm_id = p_nm;
  if ours.nm_id is null then
    return theirs;
  end if;
  return jsonb_build_object('name', coalesce(ours.name, theirs ->> 'name'),
    'attributes', coalesce(theirs -> 'attributes', '{}') || case when jsonb_typeof(ours.attributes) = 'object' then ours.attributes else '{}' end);
end $$;
comment on function predraft.product({{seller_key}}, bigint, {{key}}) is
  'A product''s {name, attributes}: predraft.product_facts over the host''s catalogue. Null where neither knows it.';
