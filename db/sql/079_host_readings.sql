-- Compares the mapping with the rows as they come, because attach may have assumed something wrong.

create or replace function predraft.shown_word(word text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select case when word is null then 'null' when word ~ '^[[:alnum:]_.:-]{1,32}$' then word else 'another text' end $$;
comment on function predraft.shown_word(text) is 'A value that is a word, as it is; anything longer may be personal, and is not shown.';

create or replace function predraft.direction_counts() returns table (direction text, is_buyer boolean, lines bigint)
language plpgsql stable security definer rows 5 set search_path = ''
as $$
begin
  return query
    select predraft.shown_word(d.direction), d.is_buyer, count(*)
    from ({{direction_lines}}) d
    group by 1, 2;
exception when others then
  raise warning 'predraft: directions not read (%)', sqlstate;
end $$;
comment on function predraft.direction_counts() is
  'What the lines of the newest 200 interactions'' chats say of who wrote, and how predraft reads it. Nothing where the host keeps no messages.';

create or replace function predraft.readings() returns table (subject text, is_ok boolean, what text, todo text)
language plpgsql stable security definer rows 3 set search_path = ''
as $$
begin
  if {{is_greenfield}} then
    return;
  end if;
  return query
    with newest as materialized (
      select {{i.channel}} as channel, {{i.status}} as status, {{i.open}} as is_open, {{i.evaluates}} as evaluates
      from {{table}} i order by {{i.id}} desc limit 1000
    ),
    strange as (
      select w.name, predraft.shown_word(w.word) as word, count(*) as rows
      from newest n
      cross join lateral (values ('channel', n.channel, {{channel_words}}), ('status', n.status, {{open_statuses}})) w(name, word, known)
      where n.is_open and w.word <> all (w.known)
      group by 1, 2
    )
    select s.name, s.name <> 'channel',   -- a wrong channel means a wrong answer; an unknown status may well mean open
      'open interactions have values that mean nothing to predraft: ' || string_agg(s.word || ' (' || s.rows || ')', ', ' order by s.rows desc),
      'say what they mean: run attach again with --value ' || s.name || ':theirs=ours'
    from strange s group by s.name
    union all
    select 'expressions', false, count(*) || ' of the newest interactions are left alone, since an expression of attach fails on them',
      'run attach again with an expression that fits all rows'
    from newest n where not n.evaluates having count(*) > 0
    union all
    select 'directions', not x.is_wrong,
      case when {{incoming_assumed}} then 'assumed at attach; ' else '' end || 'read as the buyer''s: ' || x.buyers || '; as the seller''s: ' || x.sellers,
      case when x.is_wrong then 'run attach again with --incoming and the word of the buyer''s lines' end
    from (
      select
        coalesce(string_agg(c.direction || ' (' || c.lines || ')', ', ' order by c.lines desc) filter (where c.is_buyer), 'none') as buyers,
        coalesce(string_agg(c.direction || ' (' || c.lines || ')', ', ' order by c.lines desc) filter (where not c.is_buyer), 'none') as sellers,
        not bool_or(c.is_buyer) or bool_or(not c.is_buyer and lower(c.direction collate "C") = any ({{buyer_words}})) as is_wrong
      from predraft.direction_counts() c
      having count(*) > 0
    ) x;
exception when others then
  return query select 'readings', false, 'the host''s rows could not be read (' || sqlstate || ')', 'run `predraft doctor`';
end $$;
comment on function predraft.readings() is
  'How the newest rows of an attached host are read, one line for each thing that attach may have taken wrongly: words, expressions, who wrote a chat''s lines.';
