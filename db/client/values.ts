import { PredraftError } from "../../src/errors.ts";

/** The parameters of a connection string, by name. */
export type Parameters = ReadonlyMap<string, string>;

export const unreadable =
  "not readable as an address: write special characters in the password as %XX, and a port from 1 to 65535";

/** A connection string that is not right. The line names parameters and never holds a value of the string. */
export const invalid = (line: string): PredraftError => new PredraftError(line, { code: "config_invalid" });

/** The value of a parameter that takes a few words only; undefined if it isn't given. */
export function oneOf<const T extends string>(
  given: Parameters,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = given.get(name);
  if (value === undefined) return undefined;
  if (!(allowed as readonly string[]).includes(value))
    throw invalid(`${name}: expected one of: ${allowed.join(", ")}`);
  return value as T;
}

/** The value of a parameter that takes a whole number; undefined if it isn't given. */
export function numberOf(given: Parameters, name: string): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,6}$/.test(text)) throw invalid(`${name}: expected a whole number`);
  return Number(text);
}

/** Replaces %XX by what it stands for. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(unreadable);
  }
}
