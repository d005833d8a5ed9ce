import { createHash } from "node:crypto";
import type { ColumnFacts, HostFacts } from "../../host/facts.ts";
import type { HostExpression, HostMapping } from "../../host/mapping.ts";
import { castTo, literal, quote } from "./quote.ts";

/** A function of ours around the operator's expressions: a failure inside of it is null, and fails no statement of the host's. */
interface GuardedFunction {
  readonly name: string;
  readonly columns: readonly string[];
  readonly text: string;
}

type Readability = "readable" | "evaluates";

/** Our type for each canonical column that an expression may stand for; keys are no expressions. */
export type ValueType = "text" | "int" | "bigint" | "boolean" | "timestamptz";

/** The call of the function that evaluates `expression`; `read` gives the SQL of one of its columns. */
export function guardedCall(
  label: string,
  target: ValueType,
  expression: HostExpression,
  facts: ColumnFacts,
  read: (column: string) => string,
): string {
  return call(guarded(label, target, expression, facts), read);
}

/**
 * The call of the function that says whether the expressions over a row can be evaluated: for `readable` all but that of
 * needs_response, which answers for itself; for `evaluates` all. undefined if there is none.
 */
export function readableCall(
  mapping: HostMapping,
  facts: HostFacts,
  read: (column: string) => string,
  label: Readability = "readable",
): string | undefined {
  const found = readable(mapping, facts.table, label);
  return found && call(found, read);
}

/** Statements that make the functions around all expressions of a mapping, and remove those of an earlier one. */
export function expressionFunctions(
  mapping: HostMapping,
  facts: HostFacts,
  types: Readonly<Record<string, string>>,
): { readonly make: string; readonly names: string } {
  const functions = [
    ...Object.entries(mapping.expressions ?? {}).map(([canonical, expression]) =>
      guarded(canonical, types[canonical] as ValueType, expression, facts.table),
    ),
    ...(["readable", "evaluates"] as const)
      .map((label) => readable(mapping, facts.table, label))
      .filter((found) => found !== undefined),
    ...Object.entries({
      message_filter: mapping.messages?.filter,
      message_direction: mapping.messages?.direction,
    }).flatMap(([label, expression]) =>
      typeof expression === "object" ? [guarded(label, "boolean", expression, facts.messages)] : [],
    ),
  ];
  return {
    make: functions.map(({ text }) => text).join("\n\n"),
    names: `array[${functions.map(({ name }) => literal(name)).join(", ")}]::text[]`,
  };
}

const call = ({ name, columns }: GuardedFunction, read: (column: string) => string): string =>
  `predraft.${quote(name)}(${columns.map(read).join(", ")})`;

function guarded(
  label: string,
  target: ValueType,
  { sql, type, columns }: HostExpression,
  facts: ColumnFacts,
): GuardedFunction {
  return functionOf(
    label,
    target,
    columns,
    facts,
    `return ${castTo(target, `(${sql})`, {
      type,
      expression: null,
      virtual: false,
    })};`,
    "null",
  );
}

/** One that fails leaves the whole row alone: without it, a row would be drafted for half of its content. */
function readable(mapping: HostMapping, facts: ColumnFacts, label: Readability): GuardedFunction | undefined {
  const expressions = Object.entries(mapping.expressions ?? {})
    .filter(([canonical]) => label === "evaluates" || canonical !== "needs_response")
    .map(([, expression]) => expression);
  if (expressions.length === 0) return undefined;
  const columns = [...new Set(expressions.flatMap((expression) => expression.columns))];
  const body = `perform ${expressions.map(({ sql }) => `(${sql})`).join(", ")};\n  return true;`;
  return functionOf(label, "boolean", columns, facts, body, "false");
}

/**
 * The name carries a digest of what the function does: a function whose parameters change cannot be replaced, and a view that reads
 * the former one keeps it until the view itself is replaced.
 */
function functionOf(
  label: string,
  returns: ValueType,
  columns: readonly string[],
  facts: ColumnFacts,
  body: string,
  onFailure: string,
): GuardedFunction {
  const parameters = columns
    .map((column) => `${quote(column)} ${facts.get(column)?.type ?? "text"}`)
    .join(", ");
  const digest = createHash("md5").update(`${parameters}|${returns}|${body}`).digest("hex").slice(0, 12);
  const name = `host_${label}_${digest}`;
  const block = `#variable_conflict use_variable
begin
  ${body}
exception when others then
  return ${onFailure};
end`;
  const tag = tagFor(block);
  return {
    name,
    columns,
    text: `create or replace function predraft.${quote(name)}(${parameters}) returns ${returns}
language plpgsql immutable parallel unsafe set search_path = ''   -- before PostgreSQL 17 no subtransaction runs in parallel mode
as ${tag}
${block} ${tag};
comment on function predraft.${quote(name)} is 'An expression of the operator''s over one row (predraft attach --expression). Never fails.';`,
  };
}

function tagFor(text: string): string {
  let tag = "$expression$";
  while (text.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return tag;
}
