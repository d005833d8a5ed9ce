import type { TransactionSql } from "postgres";
import type { Sql } from "../../../db/client/connect.ts";
import type { HostExpression } from "../../../db/host/mapping.ts";
import { qualified, quote } from "../../../db/migrate/render/quote.ts";
import type { CheckedExpression, TableFacts } from "../facts.ts";

/** Rows that an expression is tried on. */
const triedRows = 20_000;

/** Types whose text no session setting changes. */
const steady =
  /^(text|character( varying)?|bpchar|"char"|name|citext|smallint|integer|bigint|numeric|boolean|uuid|jsonb?|enum|.+\.citext)$/;

/**
 * Checks an expression of the operator's against a table by asking PostgreSQL, in a transaction that is rolled back: it is one
 * expression, reads only this table's columns, calls only functions of PostgreSQL's own (or of an extension) whose result changes
 * with no clock and no session setting, and fails on none of the newest rows. What comes back is PostgreSQL's own text of it.
 */
export async function checkExpression(
  sql: Sql,
  table: TableFacts,
  source: string,
): Promise<CheckedExpression> {
  const odd = oddity(source);
  if (odd !== undefined) return { problem: odd };
  let checked: CheckedExpression = { problem: "it could not be checked" };
  await sql
    .begin(async (tx) => {
      checked = await examine(tx, table, source);
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (error instanceof RolledBack) return;
      // Only the temporary table needs a right that attach does not need anyway.
      if ((error as { code?: unknown }).code !== "42501") throw error;
      checked = {
        problem:
          "to check it, this role must be allowed a temporary table: grant temporary on this database to it",
      };
    });
  return checked;
}

class RolledBack extends Error {}

/** What makes a text more or less than one expression in parentheses; undefined if nothing does. */
function oddity(source: string): string | undefined {
  let depth = 0;
  const bare = source.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, " ");
  if (/['"]/.test(bare)) return "a quote in it is not closed";
  if (/--|\/\*|[;$\\]/.test(bare) || /\\/.test(source))
    return "it may hold no comment, semicolon, dollar or backslash";
  for (const sign of bare) {
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (depth < 0) break;
  }
  if (depth !== 0) return "its parentheses do not match";
  return source.trim() === "" ? "it is empty" : undefined;
}

async function examine(tx: TransactionSql, table: TableFacts, source: string): Promise<CheckedExpression> {
  const twin = `pg_temp.${quote(table.name)}`;
  await tx.unsafe(`create temporary table ${quote(table.name)} (like ${qualified(table)}) on commit drop`);
  await tx`select set_config('search_path', '', true)`; // names come back qualified
  const refused = await attempt(
    tx,
    `alter table ${twin} add constraint predraft_expression check (((${source})) is null)`,
  );
  if (refused !== undefined) return { problem: refused.message };
  const facts = await readFacts(tx, twin);
  const column = (await tx.unsafe(`select (${facts.sql}) as value from ${twin} limit 0`)).columns?.[0];
  const [type] = await tx<{ type: string; kind: string }[]>`
    select format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as type, t.typtype::text as kind
    from pg_catalog.pg_type t where t.oid = ${column?.type ?? 0}`;
  const problem = unfit(table, facts);
  if (problem !== undefined || type === undefined) return { problem: problem ?? "its type is not known" };
  const key = table.columns.find(({ name }) => table.uniques.some((u) => u.length === 1 && u[0] === name));
  const failed = await attempt(
    tx,
    `select count((${facts.sql})::text) from (select * from ${qualified(table)}${key ? ` order by ${quote(key.name)} desc` : ""} limit ${triedRows}) t`,
  );
  // The message may hold a buyer's words, its code holds none.
  if (failed !== undefined) return { problem: `it fails on a row that is there (${failed.code})` };
  const expression: HostExpression = { sql: facts.sql, type: type.type, columns: facts.columns };
  return { expression, type: type.kind === "e" ? "enum" : type.type };
}

interface Facts {
  readonly sql: string;
  readonly columns: string[];
  /** Functions by name that it calls and may not. */
  readonly foreign: readonly string[];
  /** Functions whose results differ with the clock or with settings. */
  readonly unsteady: readonly string[];
  readonly whole: boolean;
  /** Turns values into text; and the types that it makes of text. */
  readonly viaText: boolean;
  readonly fromText: readonly string[];
  /** Names the clock or a sequence. */
  readonly clock: boolean;
}

async function readFacts(tx: TransactionSql, twin: string): Promise<Facts> {
  const [row] = await tx<(Omit<Facts, "sql" | "whole"> & { text: string; attnums: number })[]>`
    with c as (
      select c.conbin::text as tree, pg_get_expr(c.conbin, c.conrelid) as text, coalesce(c.conkey, '{}') as key, c.conrelid
      from pg_catalog.pg_constraint c where c.conrelid = ${twin}::regclass and c.conname = 'predraft_expression'
    ),
    called as (
      select distinct p.oid, p.proname::text as name, p.provolatile, p.pronamespace
      from c cross join lateral regexp_matches(c.tree, ':(?:op)?funcid (\\d+)', 'g') m
      join pg_catalog.pg_proc p on p.oid = m[1]::oid
    )
    select c.text, cardinality(c.key) as attnums,
      array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.conrelid and a.attnum = any(c.key) and a.attnum > 0 order by a.attnum) as columns,
      array(select name from called f where f.pronamespace <> 'pg_catalog'::regnamespace and not exists (
        select from pg_catalog.pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = f.oid and d.deptype = 'e') order by 1) as foreign,
      array(select name from called f where f.provolatile = 'v' or f.provolatile = 's' and f.name not in ('concat', 'concat_ws') order by 1) as unsteady,
      c.tree ~ '\\{COERCEVIAIO' or exists (select from called f where f.name in ('concat', 'concat_ws')) as "viaText",
      -- Only a conversion through text has its collation right behind its type.
      array(select distinct case when t.typtype = 'e' then 'enum' else format_type(t.oid, null) end
        from regexp_matches(c.tree, ':resulttype (\\d+) :resultcollid', 'g') m join pg_catalog.pg_type t on t.oid = m[1]::oid) as "fromText",
      c.tree ~ '\\{(SQLVALUEFUNCTION|NEXTVALUEEXPR)' as clock
    from c`;
  if (row === undefined) throw new Error("unreachable: the constraint was just made");
  // `(value IS NULL)`, as PostgreSQL writes it.
  const sql = row.text.replace(/^\(/, "").replace(/ IS NULL\)$/, "");
  return { ...row, sql, whole: row.attnums !== row.columns.length };
}

function unfit(table: TableFacts, facts: Facts): string | undefined {
  if (facts.whole) return "it may read only columns of the table, by name";
  if (facts.foreign.length > 0)
    return `it may call only functions of PostgreSQL's own, not ${facts.foreign.join(", ")}`;
  if (facts.clock) return "its value would change with the clock, when no row is written";
  if (facts.unsteady.length > 0)
    return `its value would change with the clock or a session's settings: ${facts.unsteady.join(", ")}`;
  if (!facts.viaText) return undefined;
  const read = table.columns.filter(({ name }) => facts.columns.includes(name)).map(({ type }) => type);
  const loose = [...read, ...facts.fromText].find((type) => !steady.test(type));
  return loose && `what text a ${loose} has, or the other way round, differs with a session's settings`;
}

/** Runs one statement, never two; what it was refused for, or undefined. */
async function attempt(
  tx: TransactionSql,
  statement: string,
): Promise<{ code: string; message: string } | undefined> {
  try {
    await tx.savepoint(async (inner) => {
      await inner`set local statement_timeout = '10s'`;
      await inner.unsafe(statement, [], { simple: false } as never);
    });
    return undefined;
  } catch (error) {
    const { code = "unknown", message } = error as { code?: string; message: string };
    return { code, message };
  }
}
