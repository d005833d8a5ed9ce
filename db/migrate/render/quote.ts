import type { ColumnFact } from "../../host/facts.ts";

const texts: ReadonlySet<string> = new Set(["text", "character varying", "character", "citext"]);

/** Whether a type's values are text, which may hold anything. */
export const isText = (type: string): boolean => texts.has(type) || type.endsWith(".citext");

/** A name as SQL writes it. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const qualified = (relation: { readonly schema: string; readonly name: string }): string =>
  `${quote(relation.schema)}.${quote(relation.name)}`;

/** A text as SQL writes it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A relation's name as a regclass input: a literal that holds quoted names. */
export const relationLiteral = (relation: { readonly schema: string; readonly name: string }): string =>
  literal(qualified(relation));

/**
 * An expression over a host's column as one of our types: `text`, `int`, `bigint`, `timestamptz` or `boolean`. No value that
 * the column can hold fails, no session setting changes the result; a time without zone counts as UTC.
 */
export function castTo(target: string, expression: string, fact: ColumnFact | undefined): string {
  const type = fact?.type;
  if (type === undefined) return `${expression}::${target}`;
  if (target === "timestamptz") {
    if (type === "timestamp without time zone") return `(${expression} at time zone 'UTC')`;
    if (type === "date") return `(${expression}::timestamp at time zone 'UTC')`;
  }
  if (target === "int" || target === "bigint") {
    const plain = ["smallint", "integer", ...(target === "bigint" ? ["bigint"] : [])];
    if (plain.includes(type)) return `${expression}::${target}`;
    if (isText(type)) {
      const digits = target === "int" ? 9 : 18;
      return `case when ${expression}::text ~ '^[0-9]{1,${digits}}$' then ${expression}::text::${target} end`;
    }
    const limit = target === "int" ? "2000000000" : "9000000000000000000";
    return `case when ${expression} between -${limit} and ${limit} then ${expression}::${target} end`;
  }
  return `${expression}::${target}`;
}
