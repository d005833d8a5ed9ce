import type postgres from "postgres";

/** Everything in the catalogue that a host could notice, as text. */
export async function catalogue(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ what: string }[]>`
    select 'schema ' || nspname || coalesce(nspacl::text, '') as what from pg_namespace where nspname !~ '^pg_(toast_)?temp'
    union all select 'relation ' || c.oid::regclass::text || c.relkind::text || coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))::text from pg_class c where c.relnamespace <> 'pg_toast'::regnamespace
    union all select 'column ' || attrelid::regclass || attname || coalesce(attacl::text, '') from pg_attribute a join pg_class c on c.oid = a.attrelid where attnum > 0 and c.relnamespace <> 'pg_toast'::regnamespace
    union all select 'constraint ' || conname || pg_get_constraintdef(oid) from pg_constraint
    union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger
    union all select 'function ' || oid::regprocedure || coalesce(proacl::text, '') from pg_proc where pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
    union all select 'type ' || oid::regtype from pg_type where typnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
    union all select 'comment ' || classoid::regclass || objoid || description from pg_description where objoid >= 16384
    union all select 'default rights ' || defaclacl::text from pg_default_acl
    union all select 'extension ' || extname from pg_extension
    union all select 'setting ' || s.setconfig::text from pg_db_role_setting s where s.setdatabase = (select oid from pg_database where datname = current_database())
    union all select 'database rights ' || coalesce(datacl::text, '') from pg_database where datname = current_database()
    order by 1`;
  return rows.map(({ what }) => what);
}
