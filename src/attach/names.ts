import { quote } from "../../db/migrate/render/quote.ts";
import { PredraftError } from "../errors.ts";

/** A table's name with its schema, as the catalogue spells both. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** How a person would write it: unquoted where Postgres folds it to itself. */
export const shown = (relation: Relation): string =>
  `${showName(relation.schema)}.${showName(relation.name)}`;

/** A single name the way a person would write it. */
export const showName = (name: string): string => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : quote(name));

const part = /(?:"((?:[^"]|"")+)"|([^\s".]+))/y;

/**
 * Reads `table` or `schema.table` as Postgres does: unquoted names fold to lower case, quoted ones stay as they are.
 * Without a schema it is `public`. Throws `attach_name_invalid`, naming the option it came from.
 */
export function parseRelation(text: string, option: string): Relation {
  const names = parseNames(text);
  const [first, second] = names ?? [];
  if (names === undefined || first === undefined || names.length > 2) {
    throw new PredraftError(`${option}: ${text} is no table name`, {
      code: "attach_name_invalid",
      hint: `Write it as schema.table; names with capitals or spaces in double quotes: '"My Schema"."Inter Actions"'.`,
    });
  }
  return second === undefined ? { schema: "public", name: first } : { schema: first, name: second };
}

/** Reads one column name; folds and quotes as `parseRelation`. Throws `attach_name_invalid`. */
export function parseColumn(text: string, option: string): string {
  const names = parseNames(text);
  if (names?.length !== 1 || names[0] === undefined) {
    throw new PredraftError(`${option}: ${text} is no column name`, {
      code: "attach_name_invalid",
      hint: "One name; with capitals or spaces in double quotes.",
    });
  }
  return names[0];
}

function parseNames(text: string): string[] | undefined {
  const names: string[] = [];
  const source = text.trim();
  let at = 0;
  for (;;) {
    part.lastIndex = at;
    const found = part.exec(source);
    if (!found) return undefined;
    names.push(found[1] === undefined ? fold(found[2] as string) : found[1].replaceAll('""', '"'));
    at = part.lastIndex;
    if (at === source.length) return names;
    if (source[at] !== ".") return undefined;
    at += 1;
  }
}

/** Postgres folds ASCII letters only where the database is UTF-8. */
const fold = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** `needsResponse`, `Needs Response` and `needs_response` are one name to a person. */
export const snake = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[\s-]+/g, "_")
    .toLowerCase();

/** Up to three of these names that a person may have meant, the likeliest first. */
export function similar(wanted: string, names: readonly string[]): string[] {
  const target = snake(wanted);
  return names
    .map((name) => ({ name, far: distance(target, snake(name)) }))
    .filter(
      ({ name, far }) =>
        far <= 2 + target.length / 5 || snake(name).includes(target) || target.includes(snake(name)),
    )
    .toSorted((a, b) => a.far - b.far || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const kept = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
