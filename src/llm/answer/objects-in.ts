type Fields = Readonly<Record<string, unknown>>;

/** The end of a text that is looked at: a model's answer comes last, and is far shorter. */
const longest = 50_000;
/** Braces that begin no object. After so many of them the text is taken for none that holds an object. */
const mostTries = 200;
/** No service wraps an answer into more objects than these. */
const deepest = 3;

/**
 * Finds all complete JSON objects in a text, in their order. An object that holds others comes after them. Line ends within strings
 * and a comma after the last field, which models leave there, are no fault.
 */
export function objectsIn(text: string): readonly Fields[] {
  const whole = parsed(text);
  if (typeof whole === "string") return objectsIn(whole); // JSON in a JSON string
  if (whole !== undefined) return nested(whole, deepest);
  const end = text.slice(-longest);
  const found: Fields[] = [];
  let tries = 0;
  for (let at = end.indexOf("{"); at >= 0 && tries < mostTries; ) {
    const length = lengthOf(end, at);
    const value = length === undefined ? undefined : parsed(end.slice(at, at + length));
    if (value !== undefined) found.push(...nested(value, deepest));
    else tries += 1;
    at = end.indexOf("{", value === undefined ? at + 1 : at + (length ?? 1));
  }
  return found;
}

/** The length of the object that begins at a brace; undefined if it doesn't end. */
function lengthOf(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === "\\") at += 1;
      else if (sign === '"') quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === "{") depth += 1;
    else if (sign === "}") depth -= 1;
    if (depth === 0) return at - from + 1;
  }
  return undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    try {
      return JSON.parse(json.replaceAll(stringOrComma, mended));
    } catch {
      return undefined;
    }
  }
}

const stringOrComma = /"[^"\\]*(?:\\.[^"\\]*)*"|,(?=\s*[}\]])/gs;
const mended = (part: string): string =>
  part === "," ? "" : part.replaceAll(/\p{Cc}/gu, (sign) => JSON.stringify(sign).slice(1, -1));

function nested(value: unknown, depth: number): Fields[] {
  if (typeof value !== "object" || value === null || depth === 0) return [];
  const inner = Object.values(value).flatMap((one) => nested(one, depth - 1));
  return Array.isArray(value) ? inner : [...inner, value as Fields];
}
