-- Keys of runtime_settings that were meant for predraft but are unknown to it; a misspelt key is silently without effect.

create or replace function predraft.trigrams(word text) returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array(select distinct substr('  ' || word || ' ', n, 3) from generate_series(1, length(word) + 1) n)
$$;
comment on function predraft.trigrams(text) is 'The runs of three characters of a word, its beginning and its end marked by blanks.';

create or replace function predraft.unknown_settings() returns table (key text, meant text)
language sql stable security definer set search_path = ''
as $$
  with
    given as materialized (select distinct r.key::text as key from {{settings}} r),
    spec as materialized (
      select d.key, b.bare, predraft.trigrams(b.bare) as parts
      from predraft.setting_specs() d
      cross join lateral (select regexp_replace(d.key, '^(ai_draft|llm)|_', '', 'g') as bare) b
    ),
    stranger as (
      select g.key, b.bare, predraft.trigrams(b.bare) as parts
      from given g
      -- The English letters by name, because the effect of lower() depends on the database's locale.
      cross join lateral (select translate(g.key, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') as folded) f
      cross join lateral (select regexp_replace(f.folded, '^[[:space:]]*(ai[^a-z]?drafts?|llm)|[^a-z]', '', 'g') as bare) b
      where f.folded ~ '^[[:space:]]*(ai[^a-z]?drafts?|llm)[^a-z]'
        and g.key not in (select s.key from spec s)
    )
  select s.key, near.key
  from stranger s
  left join lateral (
    select c.key
    from spec c
    cross join lateral (
      select (select count(*) from unnest(c.parts) p where p = any (s.parts))::float8
        / (select count(distinct p) from unnest(c.parts || s.parts) p) as alike
    ) a
    where c.key not in (select g.key from given g)
      and (a.alike >= 0.35 or length(s.bare) > 3 and (strpos(c.bare, s.bare) = 1 or strpos(s.bare, c.bare) = 1))
    order by a.alike desc, c.key limit 1
  ) near on true
  order by s.key
$$;
comment on function predraft.unknown_settings() is
  'Keys of runtime_settings that begin like ours and are none, with the key that was probably meant; null where none is near.';
