import type { TransactionSql } from "postgres";
import type { HostMapping } from "../../host/mapping.ts";
import { queueMark } from "../queue-schema.ts";
import { ensureRoles } from "./ensure.ts";
import { grantHostRights } from "./host-rights.ts";
import { ownerRole, type Rights, readerRights, readerRole, workerRights, workerRole } from "./rights.ts";

/**
 * Parts the rights on an attached host's database: predraft's schema goes to predraft_owner, the queue that we made to
 * predraft_worker, and each role gets what rights.ts lists and nothing else. Where the migrating role can't, all stays its own;
 * answers with the reasons, each with what to do. Safe to run any number of times; locks nothing where nothing changes.
 */
export async function applyRoles(tx: TransactionSql, host: HostMapping): Promise<string[]> {
  if (host.greenfield) return [];
  const problem = (await ensureRoles(tx)) ?? (await foreignQueue(tx));
  if (problem !== undefined) return [problem];
  await handOver(tx, "predraft", ownerRole);
  if (await queueIsOurs(tx)) await handOver(tx, "graphile_worker", workerRole);
  await grantHostRights(tx, host);
  await grant(tx, workerRole, workerRights);
  await grant(tx, readerRole, readerRights);
  return [];
}

const queueIsOurs = async (tx: TransactionSql): Promise<boolean> =>
  (await tx`select where obj_description('graphile_worker'::regnamespace, 'pg_namespace') = ${queueMark}`)
    .length > 0;

/** The queue's tables have row-level security without a policy: only their owner, or a member of it, can use them. */
async function foreignQueue(tx: TransactionSql): Promise<string | undefined> {
  if (await queueIsOurs(tx)) return undefined;
  const owners = await tx<{ name: string }[]>`
    select distinct quote_ident(pg_get_userbyid(c.relowner)) as name from pg_catalog.pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r'
      and not pg_has_role(${ownerRole}, c.relowner, 'usage')`;
  if (owners.length === 0) return undefined;
  return (
    `graphile_worker was here before and belongs to ${owners.map((owner) => owner.name).join(", ")}, so everything stays the ` +
    `migrating role's. To part the rights: ${owners.map((owner) => `grant ${owner.name} to ${workerRole};`).join(" ")} and then predraft migrate again`
  );
}

/** Gives a schema and all that is in it to a role; what is the role's already is not touched, and not locked. */
async function handOver(tx: TransactionSql, schema: string, role: string): Promise<void> {
  const statements = await tx<{ statement: string }[]>`
    with target as (select n.oid, n.nspowner from pg_catalog.pg_namespace n where n.nspname = ${schema}),
    objects as (
      select 0 as place, format('schema %I', ${schema}::text) as object from target where nspowner <> ${role}::regrole
      union all
      select 1, format('%s %s', case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end, c.oid::regclass)
      from pg_catalog.pg_class c join target t on c.relnamespace = t.oid
      where c.relowner <> ${role}::regrole and c.relkind in ('r', 'p', 'v', 'S')
        and not exists (   -- a column's sequence goes with its table
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0 and c.relkind = 'S')
      union all
      select 1, format('type %s', y.oid::regtype)
      from pg_catalog.pg_type y join target t on y.typnamespace = t.oid
      join pg_catalog.pg_class c on c.oid = y.typrelid
      where y.typowner <> ${role}::regrole and c.relkind = 'c'
      union all
      select 1, format('function %s', p.oid::regprocedure)
      from pg_catalog.pg_proc p join target t on p.pronamespace = t.oid where p.proowner <> ${role}::regrole
    )
    select format('alter %s owner to %I', object, ${role}::text) as statement from objects order by place`;
  if (statements.length > 0) await tx.unsafe(statements.map((row) => row.statement).join(";\n"));
}

/** Takes from a role what it had in schema predraft and gives it what the list says. */
async function grant(tx: TransactionSql, role: string, rights: Rights): Promise<void> {
  const functions = await tx<{ signature: string }[]>`
    select p.oid::regprocedure::text as signature from pg_catalog.pg_proc p
    where p.pronamespace = 'predraft'::regnamespace
      -- The views' own: they run with the caller's rights and change nothing.
      and (p.proname = any(${[...rights.functions]}) or not p.prosecdef and p.provolatile <> 'v')`;
  const relations = await tx<{ name: string; columns: string[] }[]>`
    select c.relname::text as name, array(
      select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_catalog.pg_class c
    where c.relnamespace = 'predraft'::regnamespace and c.relname = any(${Object.keys(rights.relations)})`;
  const privileges = relations.flatMap(({ name, columns }) =>
    Object.entries(rights.relations[name] ?? {}).map(([privilege, wanted]) => {
      const some =
        wanted === "all" ? "" : ` (${wanted.filter((column) => columns.includes(column)).join(", ")})`;
      return `grant ${privilege}${some} on predraft.${name} to ${role}`;
    }),
  );
  await tx.unsafe(
    [
      `revoke all on all tables in schema predraft from ${role}`,
      `revoke all on all sequences in schema predraft from ${role}`,
      `revoke all on all functions in schema predraft from ${role}`,
      `grant usage on schema predraft to ${role}`,
      ...functions.map(({ signature }) => `grant execute on function ${signature} to ${role}`),
      ...privileges,
    ].join(";\n"),
  );
}
