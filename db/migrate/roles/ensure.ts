import type { TransactionSql } from "postgres";
import { ownerRole, readerRole, roles, workerRole } from "./rights.ts";

const purposes = {
  [ownerRole]: "predraft: owns its schema; nobody logs in as it",
  [workerRole]: "predraft: what a worker''s login role is a member of",
  [readerRole]: "predraft: reads numbers and states, never texts; for people and dashboards",
} as const;

/** Another database's migrate can be at the same roles: they belong to the whole cluster, where no advisory lock reaches. */
const attempts = 5;

/**
 * Makes predraft's roles where they are missing, and the migrating role a member of those that it will give objects to.
 * Answers with what stands in the way, and what to do about it; undefined where nothing does. Leaves the transaction usable.
 */
export async function ensureRoles(tx: TransactionSql): Promise<string | undefined> {
  const me = await readMigrator(tx);
  const missing: string[] = roles.filter((role) => !me.there.includes(role));
  const statements = [
    ...missing.map((role) => `create role ${role} nologin`),
    ...missing.map((role) => `comment on role ${role} is '${purposes[role as keyof typeof purposes]}'`),
  ];
  if (missing.length > 0 && !me.mayCreate) {
    return `role ${me.name} may not create ${missing.join(", ")}, so everything stays its own. To part the rights, a superuser runs: ${[
      ...missing.map((role) => `create role ${role} nologin;`),
      `grant ${workerRole} to ${ownerRole};`,
      `grant ${ownerRole}, ${workerRole} to ${me.name};`,
    ].join(" ")} and then predraft migrate again`;
  }
  const problem = await retry(tx, statements, missing);
  if (problem !== undefined)
    return `the roles could not be made (${problem}), so everything stays the migrating role's`;
  return await ensureMemberships(tx, me);
}

interface Migrator {
  /** Quoted, fit for a statement. */
  readonly name: string;
  readonly superuser: boolean;
  readonly mayCreate: boolean;
  readonly there: readonly string[];
}

async function readMigrator(tx: TransactionSql): Promise<Migrator> {
  const [row] = await tx<Migrator[]>`
    select quote_ident(r.rolname) as name, r.rolsuper as superuser, r.rolsuper or r.rolcreaterole as "mayCreate",
      array(select o.rolname::text from pg_catalog.pg_roles o where o.rolname = any(${[...roles]})) as there
    from pg_catalog.pg_roles r where r.rolname = current_user`;
  return row as Migrator;
}

/** The owner's functions use the queue, which is the worker's; the migrating role has to be able to give things to both. */
async function ensureMemberships(tx: TransactionSql, me: Migrator): Promise<string | undefined> {
  const [has] = await tx<{ queue: boolean; owner: boolean; worker: boolean }[]>`
    select pg_has_role(${ownerRole}, ${workerRole}, 'usage') as queue,
      pg_has_role(current_user, ${ownerRole}, 'usage') as owner, pg_has_role(current_user, ${workerRole}, 'usage') as worker`;
  const wanted = [
    ...(has?.queue ? [] : [`grant ${workerRole} to ${ownerRole}`]),
    ...(has?.owner || me.superuser ? [] : [`grant ${ownerRole} to ${me.name}`]),
    ...(has?.worker || me.superuser ? [] : [`grant ${workerRole} to ${me.name}`]),
  ];
  const problem = await retry(tx, wanted, []);
  if (problem === undefined) return undefined;
  return `role ${me.name} may not use predraft's roles (${problem}). A superuser runs: ${wanted.map((line) => `${line};`).join(" ")} and then predraft migrate again`;
}

/** Runs the statements, again where somebody else was at the same ones; answers with the error's text where that doesn't help. */
async function retry(
  tx: TransactionSql,
  statements: readonly string[],
  creating: readonly string[],
): Promise<string | undefined> {
  for (let attempt = 1; statements.length > 0; attempt += 1) {
    try {
      await tx.savepoint(async (inner) => void (await inner.unsafe(statements.join(";\n"))));
      return undefined;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if ((code === "42710" || code === "23505") && creating.length > 0 && (await allThere(tx)))
        return undefined;
      const theirs = code === "42710" || code === "23505" || code === "XX000";
      if (!theirs || attempt >= attempts) return message;
    }
  }
  return undefined;
}

const allThere = async (tx: TransactionSql): Promise<boolean> =>
  (await tx`select from pg_catalog.pg_roles where rolname = any(${[...roles]})`).length === roles.length;
