-- Cuts texts of any length before they are sent.

create or replace function predraft.excerpt(body text) returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case when octet_length(body) > 20000 and length(body) > 20000
    then left(body, 12000) || E'\n[…]\n' || right(body, 6000) else body end
$$;
comment on function predraft.excerpt(text) is
  'A text of at most 20,000 characters as it is, of a longer one the first 12,000 and the last 6,000: more than any prompt or rule looks at.';
