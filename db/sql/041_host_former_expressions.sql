-- Drops functions for expressions of an earlier mapping, which no view uses any more.

do $$
declare
  former regprocedure;
begin
  for former in
    select p.oid from pg_catalog.pg_proc p
    where p.pronamespace = 'predraft'::regnamespace and p.proname ~ '^host_[a-z_]+_[0-9a-f]{12}$' and p.proname <> all ({{expression_names}})
  loop
    execute format('drop function %s', former);
  end loop;
end $$;
