-- A look at all of a worker's running generations at once.

create or replace function predraft.overtaken(p_interactions {{key}}[], p_hashes text[])
returns table (interaction_id {{key}}, current_hash text)
language plpgsql stable security definer rows 10 set search_path = ''
as $$
begin
  return query
    select f.id, case when i.needs_response is true and i.status is distinct from 'responded' then i.content_hash end
    from unnest(p_interactions, p_hashes) f(id, hash)
    left join predraft.interactions i on i.id = f.id
    where f.hash is distinct from case when i.needs_response is true and i.status is distinct from 'responded' then i.content_hash end;
end $$;
comment on function predraft.overtaken({{key}}[], text[]) is
  'Of the content versions that drafts are being made for, those that are no longer the interaction''s, with the hash it has now; null where it is closed or gone.';
