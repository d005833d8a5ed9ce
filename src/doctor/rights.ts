import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { ownerRole, workerRights, workerRole } from "../../db/migrate/roles/rights.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

interface Standing {
  readonly me: string;
  readonly superuser: boolean;
  readonly owner: string;
  readonly queueOwner: string;
  readonly usesQueue: boolean;
  readonly ownerUsesQueue: boolean;
}

/** What the current role lacks for working, and whether the rights are parted. */
export async function checkRights(sql: Sql, host: HostMapping): Promise<Finding[]> {
  const [row] = await sql<Standing[]>`
    select current_user as me, (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
      pg_get_userbyid(n.nspowner) as owner, pg_get_userbyid(q.relowner) as "queueOwner",
      pg_has_role(current_user, q.relowner, 'usage') as "usesQueue", pg_has_role(n.nspowner, q.relowner, 'usage') as "ownerUsesQueue"
    from pg_catalog.pg_namespace n, pg_catalog.pg_class q
    where n.nspname = 'predraft' and q.relnamespace = 'graphile_worker'::regnamespace and q.relkind = 'r' and q.relname = 'migrations'`;
  const standing = row as Standing;
  return [await checkOwn(sql, standing), ...(host.greenfield ? [] : await checkParting(sql, standing, host))];
}

async function checkOwn(sql: Sql, standing: Standing): Promise<Finding> {
  const lacking = await missingRights(sql);
  if (!standing.usesQueue) lacking.push("the queue");
  if (lacking.length === 0) return ok("rights", `role ${standing.me} may do all that a worker does`);
  const more = lacking.length > 4 ? ` and ${lacking.length - 4} more` : "";
  return problem(
    "rights",
    `role ${standing.me} lacks rights on ${lacking.slice(0, 4).join(", ")}${more}`,
    `grant ${standing.owner === ownerRole ? workerRole : standing.owner} to "${standing.me}"`,
  );
}

async function missingRights(sql: Sql): Promise<string[]> {
  const functions = await sql<{ name: string }[]>`
    select distinct p.proname || '()' as name from pg_catalog.pg_proc p
    where p.pronamespace = 'predraft'::regnamespace and p.proname = any(${[...workerRights.functions]})
      and not has_function_privilege(p.oid, 'execute') order by 1`;
  const relations = await sql<{ name: string }[]>`
    select c.relname::text as name from pg_catalog.pg_class c
    where c.relnamespace = 'predraft'::regnamespace and c.relname = any(${Object.keys(workerRights.relations)})
      and not has_table_privilege(c.oid, 'select') order by 1`;
  return [...relations, ...functions].map((row) => row.name);
}

async function checkParting(sql: Sql, standing: Standing, host: HostMapping): Promise<Finding[]> {
  const { owner, superuser, me } = standing;
  if (owner !== ownerRole) {
    return [
      warning(
        "roles",
        `schema predraft belongs to ${owner}: its functions may do all that ${owner} may`,
        "run `predraft migrate` as a role that may create roles; docs/operations.md says how the rights are parted",
      ),
    ];
  }
  const lacking = await ownersLack(sql, host);
  if (!standing.ownerUsesQueue) lacking.push(`the queue (grant ${standing.queueOwner} to ${workerRole})`);
  if (lacking.length > 0)
    return [
      problem(
        "roles",
        `${ownerRole} lacks rights on ${lacking.join(", ")}`,
        "run `predraft migrate`, which grants them",
      ),
    ];
  if (superuser)
    return [
      warning(
        "roles",
        `parted, but this is the superuser ${me}`,
        `give the worker a login of its own: create role … login password '…' in role ${workerRole}`,
      ),
    ];
  return [ok("roles", `parted: ${ownerRole} owns the schema, ${standing.queueOwner} the queue`)];
}

/** What predraft_owner's functions could not reach of the host. */
async function ownersLack(sql: Sql, host: HostMapping): Promise<string[]> {
  const relations = [host.table, host.settings, host.messages?.table, host.products?.table].filter(
    (r) => r !== null && r !== undefined,
  );
  const lacking: string[] = [];
  for (const { schema, name } of relations) {
    const [row] = await sql<{ read: boolean; write: boolean }[]>`
      select has_table_privilege(${ownerRole}, c.oid, 'select') and has_schema_privilege(${ownerRole}, n.oid, 'usage') as read,
        ${name === host.table.name ? sql`has_column_privilege(${ownerRole}, c.oid, ${host.document.column}, 'update')` : sql`true`} as write
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relname = ${name}`;
    if (!row?.read) lacking.push(`${schema}.${name}`);
    else if (!row.write) lacking.push(`${schema}.${name}.${host.document.column}`);
  }
  return lacking;
}
