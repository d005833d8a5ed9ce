import type { Sql } from "../../db/client/connect.ts";
import type { Surroundings, TableFacts, TriggerFacts } from "./facts.ts";
import type { Relation } from "./names.ts";

/** Reads what there is to know of every table whose name, in lower case, is one of these. One query; takes no lock that a writer waits for. */
export async function readTables(sql: Sql, names: readonly string[]): Promise<TableFacts[]> {
  return sql<TableFacts[]>`
    select n.nspname as schema, c.relname as name, c.relkind::text as kind, c.reltuples::float8 as rows,
      (select count(*)::int from pg_catalog.pg_inherits i where i.inhparent = c.oid) as partitions,
      json_build_object('enabled', c.relrowsecurity, 'active', pg_catalog.row_security_active(c.oid)) as rls,
      (select coalesce(json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '' or a.attidentity = 'a',
          'type', case when t.typtype = 'e' or b.typtype = 'e' then 'enum'
            else pg_catalog.format_type(coalesce(b.oid, t.oid), null) end,
          'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
            where e.enumtypid = coalesce(b.oid, t.oid))) order by a.attnum), '[]')
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(json_agg((
          select json_agg(a.attname) from unnest(x.indkey) with ordinality k(attnum, nth)
          join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
          where k.nth <= x.indnkeyatts)), '[]')
        from pg_catalog.pg_index x
        where x.indrelid = c.oid and x.indisunique and x.indisvalid and x.indpred is null and x.indexprs is null) as uniques,
      (select coalesce(json_agg(distinct a.attname), '[]')
        from pg_catalog.pg_index x
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
        where x.indrelid = c.oid and x.indisvalid and x.indpred is null) as indexed,
      json_build_object(
        'usage', pg_catalog.has_schema_privilege(n.oid, 'usage'),
        'select', pg_catalog.has_table_privilege(c.oid, 'select'),
        'update', pg_catalog.has_table_privilege(c.oid, 'update'),
        'insert', pg_catalog.has_table_privilege(c.oid, 'insert'),
        'delete', pg_catalog.has_table_privilege(c.oid, 'delete'),
        'trigger', pg_catalog.has_table_privilege(c.oid, 'trigger')) as rights
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
      and n.nspname not in ('pg_catalog', 'information_schema', 'predraft', 'graphile_worker') and n.nspname !~ '^pg_t'
      and pg_catalog.lower(c.relname) = any(${[...names]}::text[])
    order by 1, 2`;
}

/** Names of all tables, partitions included, for "did you mean". */
export async function readTableNames(sql: Sql): Promise<Relation[]> {
  return sql<Relation[]>`
    select n.nspname as schema, c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname not in ('pg_catalog', 'information_schema', 'predraft', 'graphile_worker') and n.nspname !~ '^pg_t'
    order by 1, 2 limit 5000`;
}

/** The host's own triggers on a table, in the order in which they fire. */
export async function readTriggers(sql: Sql, table: Relation): Promise<TriggerFacts[]> {
  return sql<TriggerFacts[]>`
    select t.tgname as name, pg_catalog.pg_get_triggerdef(t.oid) as definition, (t.tgtype & 2) <> 0 as before,
      (t.tgtype & 1) <> 0 as row, (t.tgtype & 20) <> 0 as writes, t.tgenabled <> 'D' as enabled
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where n.nspname = ${table.schema} and c.relname = ${table.name} and not t.tgisinternal
      and p.pronamespace is distinct from to_regnamespace('predraft')
    order by t.tgname collate "C"`;
}

/** Who asks, what that role may do here, and what of ours is there already. */
export async function readSurroundings(sql: Sql): Promise<Surroundings> {
  const [row] = await sql<(Omit<Surroundings, "attachedTo"> & { hasHost: boolean })[]>`
    select current_user as user, current_database() as database,
      (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as superuser,
      pg_catalog.has_database_privilege(current_database(), 'create') as "mayCreateSchema",
      to_regnamespace('predraft') is not null as "hasPredraft",
      to_regnamespace('graphile_worker') is not null as "hasGraphileWorker",
      to_regclass('predraft.host') is not null as "hasHost"`;
  if (row === undefined) throw new Error("unreachable: one row always comes back");
  const { hasHost, ...rest } = row;
  return { ...rest, attachedTo: hasHost ? await readAttachedTo(sql) : null };
}

async function readAttachedTo(sql: Sql): Promise<Surroundings["attachedTo"]> {
  const [row] = await sql<{ table: Relation; greenfield: boolean }[]>`
    select mapping -> 'table' as table, (mapping ->> 'greenfield')::boolean as greenfield from predraft.host`;
  return row ?? null;
}
