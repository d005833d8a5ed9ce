import type { HostMapping } from "../host/mapping.ts";
import { ownKey } from "./render/row.ts";

/** The error code that `keyTypes` raises if rows are kept under keys of another type. */
export const keysDiffer = "PDK01";

/**
 * SQL that gives the columns of our tables that name interactions and sellers the types of the host's keys, bigint or uuid. Only
 * an empty table is altered; `keysDiffer` is raised if rows are kept under keys of the other type. Locks nothing if the types
 * are right. Functions and views whose types change cannot be replaced, so they are dropped: all of them are made anew after this.
 */
export function keyTypes({ keys }: HostMapping): string {
  return `do $$
declare
  wanted constant jsonb := '{"interaction_id": "${ownKey(keys.id)}", "seller_id": "${ownKey(keys.seller_id)}"}';
  wrong record;
  doomed text;
  kept boolean;
  is_first boolean := true;
begin
  for wrong in
    select c.relname as relation, a.attname as name, format_type(a.atttypid, null) as type, wanted ->> a.attname as becomes
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'predraft'::regnamespace and c.relkind = 'r' and not a.attisdropped
      and a.attname in ('interaction_id', 'seller_id') and format_type(a.atttypid, null) <> wanted ->> a.attname
    order by 1, 2
  loop
    if is_first then
      is_first := false;
      for doomed in
        select format('drop view if exists %s cascade', c.oid::regclass)
        from pg_class c where c.relnamespace = 'predraft'::regnamespace and c.relkind = 'v'
        union all
        select format('drop function if exists %s', p.oid::regprocedure)
        from pg_proc p where p.pronamespace = 'predraft'::regnamespace and p.prorettype <> 'trigger'::regtype
      loop
        execute doomed;
      end loop;
      drop type if exists predraft.want;
    end if;
    execute format('lock table predraft.%I in access exclusive mode', wrong.relation);
    execute format('select exists (select from predraft.%I)', wrong.relation) into kept;
    if kept then
      raise exception 'predraft.% holds rows whose % is %, but the host''s keys are %', wrong.relation, wrong.name, wrong.type, wrong.becomes
        using errcode = '${keysDiffer}', hint = 'They belong to another host: \`predraft detach\` from it first. Nothing was changed.';
    end if;
    execute format('alter table predraft.%I alter column %I type %s using null::%s', wrong.relation, wrong.name, wrong.becomes, wrong.becomes);
  end loop;
end $$;`;
}
