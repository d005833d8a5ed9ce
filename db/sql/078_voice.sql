-- A seller's voice: predraft's own values, and the host's for those that predraft lacks.

create or replace function predraft.seller_voice(p_seller {{seller_key}}) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  theirs constant jsonb := coalesce(predraft.host_voice(p_seller), '{}');
  ours jsonb;
begin
  select jsonb_strip_nulls(jsonb_build_object('tone', s.tone, 'signature', s.signature, 'own_rules', s.own_rules))
  into ours from predraft.seller_settings s where s.seller_id = p_seller;
  ours := theirs || coalesce(ours, '{}');
  return jsonb_build_object('tone', coalesce(ours ->> 'tone', 'neutral'),
    'signature', nullif(ours ->> 'signature', ''), 'own_rules', nullif(ours ->> 'own_rules', ''));
end $$;
comment on function predraft.seller_voice({{seller_key}}) is
  'A seller''s {tone, signature, own_rules} as they act: each from predraft.seller_settings where it is not null there, else the host''s, else the default. An empty text of ours means none.';
