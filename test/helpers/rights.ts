import type { Client } from "./rows.ts";

/** What a role may do in a database, as one line an object: relation: privileges, with columns where not all of them. */
export interface RightsOf {
  readonly schemas: readonly string[];
  /** Functions of schema predraft by name. */
  readonly functions: readonly string[];
  readonly relations: readonly string[];
}

/** Every right that a role has, its own or by membership, on our objects, the queue's and the host's. `public` is a role, too. */
export async function rightsOf(sql: Client, role: string): Promise<RightsOf> {
  const schemas = await sql<{ right: string }[]>`
    select n.nspname || ': ' || string_agg(p, ', ' order by p) as right
    from pg_namespace n cross join unnest(array['usage', 'create']) p
    where n.nspname in ('predraft', 'graphile_worker', 'public') and has_schema_privilege(${role}, n.oid, p)
    group by n.nspname order by n.nspname`;
  const functions = await sql<{ name: string }[]>`
    select distinct p.proname::text as name from pg_proc p
    where p.pronamespace = 'predraft'::regnamespace and has_function_privilege(${role}, p.oid, 'execute') order by 1`;
  const relations = await sql<{ right: string }[]>`
    with relations as (
      select c.oid, c.oid::regclass::text as name, c.relkind from pg_class c
      where c.relnamespace::regnamespace::text in ('predraft', 'graphile_worker', 'public') and c.relkind in ('r', 'p', 'v', 'S')
    ),
    whole as (
      select r.oid, r.name, p from relations r
      cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
      where r.relkind <> 'S' and has_table_privilege(${role}, r.oid, p)
      union all
      select r.oid, r.name, p from relations r cross join unnest(array['usage', 'select', 'update']) p
      where r.relkind = 'S' and has_sequence_privilege(${role}, r.oid, p)
    ),
    parts as (
      select r.oid, r.name, p || ' (' || string_agg(a.attname, ', ' order by a.attnum) || ')' as p
      from relations r cross join unnest(array['select', 'insert', 'update', 'references']) p
      join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      where r.relkind <> 'S' and not has_table_privilege(${role}, r.oid, p) and has_column_privilege(${role}, r.oid, a.attnum, p)
      group by r.oid, r.name, p
    )
    select name || ': ' || string_agg(p, ', ' order by p) as right
    from (select * from whole union all select * from parts) both_kinds
    group by name order by name`;
  return {
    schemas: schemas.map((row) => row.right),
    functions: functions.map((row) => row.name),
    relations: relations.map((row) => row.right),
  };
}
