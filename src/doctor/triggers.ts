import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

interface TriggerState {
  readonly name: string;
  readonly relation: string;
  /** O, R, A or D as in pg_trigger; null where it is missing. */
  readonly enabled: string | null;
}

/** Whether the host's writes reach us: our triggers, and what can keep them from firing or a draft from being written. */
export async function checkTriggers(sql: Sql, host: HostMapping): Promise<Finding[]> {
  const relation = await findRelation(sql, host.table);
  if (relation === undefined) {
    const { schema, name } = host.table;
    return [
      problem(
        "triggers",
        `the table ${schema}.${name} is gone`,
        "attach to the table that took its place, or detach",
      ),
    ];
  }
  return [
    ...(await checkPresence(sql, host)),
    ...(await checkColumns(sql, host)),
    ...(await checkReplicaRole(sql)),
    ...checkPartitions(relation),
    ...checkRowSecurity(relation),
    ...(await checkForeign(sql, relation)),
  ];
}

async function checkPresence(sql: Sql, host: HostMapping): Promise<Finding[]> {
  const expected = [
    ...[
      "zz_predraft_10_invalidate",
      "predraft_20_inserted",
      "predraft_21_updated",
      "predraft_22_deleted",
    ].map((name) => ({ name, on: host.table })),
    { name: "predraft_10_settings", on: host.settings },
    ...(host.greenfield
      ? [{ name: "predraft_30_messages", on: { schema: host.table.schema, name: "messages" } }]
      : []),
  ];
  const states: TriggerState[] = [];
  for (const { name, on } of expected) {
    const [row] = await sql<{ enabled: string }[]>`
      select t.tgenabled as enabled from pg_catalog.pg_trigger t
      join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${on.schema} and c.relname = ${on.name} and t.tgname = ${name}`;
    states.push({ name, relation: `${on.schema}.${on.name}`, enabled: row?.enabled ?? null });
  }
  const missing = states.filter(({ enabled }) => enabled === null);
  const off = states.filter(({ enabled }) => enabled === "D" || enabled === "R");
  return [
    ...(missing.length > 0
      ? [problem("triggers", `missing: ${missing.map((t) => t.name).join(", ")}`, "run `predraft migrate`")]
      : []),
    ...off.map((t) =>
      problem("triggers", `${t.name} is disabled`, `alter table ${t.relation} enable trigger ${t.name}`),
    ),
    ...(missing.length + off.length === 0 ? [ok("triggers", `${states.length} present and enabled`)] : []),
  ];
}

async function checkReplicaRole(sql: Sql): Promise<Finding[]> {
  const rows = await sql<{ who: string }[]>`
    select concat_ws(' in ', coalesce('role ' || nullif(s.setrole, 0)::regrole::text, 'every role'), nullif(d.datname, '')) as who
    from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_database d on d.oid = s.setdatabase
    where s.setconfig::text like '%session_replication_role=replica%' and (s.setdatabase = 0 or d.datname = current_database())`;
  return rows.map(({ who }) =>
    warning(
      "triggers",
      `session_replication_role is replica for ${who}: its writes fire no trigger`,
      "reset it; until then only the sweep, every 10 minutes, finds what it writes",
    ),
  );
}

interface Relation {
  readonly name: string;
  readonly partitioned: boolean;
  readonly hidden: boolean;
  readonly owner: string;
}

async function findRelation(sql: Sql, { schema, name }: HostMapping["table"]): Promise<Relation | undefined> {
  const [row] = await sql<Relation[]>`
    select c.oid::regclass::text as name, c.relkind = 'p' as partitioned, pg_get_userbyid(o.nspowner) as owner,
      c.relrowsecurity and not r.rolsuper and not r.rolbypassrls
        and (c.relforcerowsecurity or not pg_has_role(o.nspowner, c.relowner, 'usage')) as hidden
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join (select nspowner from pg_catalog.pg_namespace where nspname = 'predraft') o
    join pg_catalog.pg_roles r on r.oid = o.nspowner
    where n.nspname = ${schema} and c.relname = ${name}`;
  return row;
}

const checkPartitions = ({ partitioned, name }: Relation): Finding[] =>
  partitioned
    ? [
        warning(
          "partitions",
          `${name} is partitioned: a write straight to a partition enqueues nothing`,
          "write through the parent; what is written otherwise waits for the sweep, up to 10 minutes",
        ),
      ]
    : [];

const checkRowSecurity = ({ hidden, name, owner }: Relation): Finding[] =>
  hidden
    ? [
        problem(
          "row security",
          `${name} hides rows from ${owner}: drafts can't be written into them`,
          `create policy predraft on ${name} to ${owner} using (true) with check (true)`,
        ),
      ]
    : [];

/** The host's own triggers run with our owner's rights when a draft is saved. */
async function checkForeign(sql: Sql, relation: Relation): Promise<Finding[]> {
  const rows = await sql<{ name: string }[]>`
    select t.tgname::text as name from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_roles r on r.rolname = ${relation.owner}
    where t.tgrelid = ${relation.name}::text::regclass and not t.tgisinternal and n.nspname <> 'predraft' and t.tgenabled <> 'D'
      and t.tgtype & 16 <> 0 and not p.prosecdef and not r.rolsuper   -- 16: on update
      and p.prosrc ~* '(insert[[:space:]]+into|update[[:space:]]+[a-z"]|delete[[:space:]]+from)'
    order by 1`;
  return rows.map(({ name }) =>
    warning(
      "host triggers",
      `${name} writes, and runs as ${relation.owner} when a draft is saved`,
      `grant ${relation.owner} what it needs, or make its function security definer`,
    ),
  );
}

/** Whether every column that predraft reads still has the name that it had at attach: views follow a rename, triggers don't. */
async function checkColumns(sql: Sql, host: HostMapping): Promise<Finding[]> {
  const { table, columns, document, expressions = {}, messages } = host;
  const known = [
    ...Object.values(columns).filter((name) => name !== null),
    ...Object.values(expressions).flatMap((expression) => expression.columns),
    ...(messages && "column" in messages.thread_of ? [messages.thread_of.column] : []),
    document.column,
  ];
  const rows = await sql<{ name: string }[]>`
    select distinct k as name from unnest(${known}::text[]) k
    where not exists (
      select from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${table.schema} and c.relname = ${table.name} and a.attname = k and a.attnum > 0 and not a.attisdropped)
    order by 1`;
  if (rows.length === 0) return [];
  return [
    problem(
      "columns",
      `${table.schema}.${table.name} has no column ${rows.map(({ name }) => name).join(", ")} any more: drafts are not settled when a row is written`,
      "run attach again, with --column ours=theirs for each new name",
    ),
  ];
}
