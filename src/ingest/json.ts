/** `JSON.rawJSON` and the reviver's context of ES2026, which Node 24 has and TypeScript's ES2024 does not name. */
interface LosslessJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
}

// A number that a double cannot hold has many digits or an exponent; lines without one take the fast way.
const MAY_LOSE_DIGITS = /\d{16}|\d[eE][+-]?\d/;

/**
 * Parses one line; undefined if it is not JSON, because the engine's own message quotes the line, which is buyer text. A number that a
 * double cannot hold is written back to JSON as it was.
 */
export function parseJson(line: string): unknown {
  try {
    return MAY_LOSE_DIGITS.test(line) ? parseLossless(line) : JSON.parse(line);
  } catch {
    return undefined;
  }
}

function parseLossless(line: string): unknown {
  const json = JSON as unknown as LosslessJson;
  return json.parse(line, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value,
  );
}
