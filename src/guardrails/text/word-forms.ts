/** The words that a pattern accepts: exact ones, and by beginning or ending. */
export interface Forms {
  readonly exact: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
  readonly stemLengths: readonly number[];
  /** Accepted endings. */
  readonly endings: readonly string[];
}

/**
 * Reads a pattern for one word: `верн(у|ем|уть)` lists forms, `скидк*` takes any ending and `*лись` any beginning, `(а|б*)`
 * alternatives, also nested. Letters are normalized: lower case, е for ё. Throws on an unclosed bracket.
 */
export function formsOf(pattern: string): Forms {
  return gathered(expanded(pattern));
}

function gathered(patterns: readonly string[]): Forms {
  const exact = new Set<string>();
  const stems = new Set<string>();
  const endings: string[] = [];
  for (const form of patterns) {
    if (form.startsWith("*")) endings.push(form.slice(1));
    else if (form.endsWith("*")) stems.add(form.slice(0, -1));
    else exact.add(form);
  }
  return { exact, stems, stemLengths: [...new Set([...stems].map((stem) => stem.length))], endings };
}

/** The first two letters of a word, or its only letter; words are looked up by it. */
export const beginningOf = (word: string): string => word.slice(0, 2);

/** Groups forms by the beginning of their words. Throws if a form may begin with anything. */
export function byBeginning({ exact, stems, endings }: Forms): ReadonlyMap<string, Forms> {
  const short = [...stems].find((stem) => stem.length < 2);
  if (short !== undefined) throw new Error(`a stem needs two letters: ${short}`);
  if (endings.length > 0) throw new Error(`any word may begin so: *${endings[0]}`);
  const patterns = [...exact, ...[...stems].map((stem) => `${stem}*`)];
  const parts = Map.groupBy(patterns, (pattern) => beginningOf(pattern.replace("*", "")));
  return new Map([...parts].map(([beginning, part]) => [beginning, gathered(part)]));
}

/** Tells whether a normalized word is one of the forms. */
export function fits(word: string, { exact, stems, stemLengths, endings }: Forms): boolean {
  if (exact.has(word) || stemLengths.some((length) => stems.has(word.slice(0, length)))) return true;
  return endings.some((ending) => word.endsWith(ending));
}

function expanded(pattern: string): string[] {
  const open = pattern.indexOf("(");
  if (open === -1) return [pattern];
  const parts = [""];
  let depth = 1;
  let at = open + 1;
  for (; depth > 0; at += 1) {
    const char = pattern[at];
    if (char === undefined) throw new Error(`unclosed bracket in ${pattern}`);
    if (char === "(") depth += 1;
    if (char === ")") depth -= 1;
    if (char === "|" && depth === 1) parts.push("");
    else if (depth > 0) parts[parts.length - 1] += char;
  }
  const before = pattern.slice(0, open);
  const after = expanded(pattern.slice(at));
  return parts.flatMap((part) =>
    expanded(part).flatMap((middle) => after.map((end) => before + middle + end)),
  );
}
