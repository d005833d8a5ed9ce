import type { Tokens } from "./tokenize.ts";
import { byBeginning, type Forms, fits, formsOf } from "./word-forms.ts";

/** Words `first` to `last` of a text, both included. */
export interface Match {
  readonly first: number;
  readonly last: number;
}

/** Finds the places of a text that match one of many phrases. */
export type Finder = (tokens: Tokens) => readonly Match[];

interface Step {
  readonly forms: Forms;
  /** At most so many words may stand before this one. */
  readonly gap: number;
  readonly isOptional: boolean;
}

/** A phrase with the forms of its first word that begin alike. */
interface Opening {
  readonly forms: Forms;
  readonly steps: readonly Step[];
}

/** Words that negate what follows; no gap reaches over them. */
const negating = formsOf("(не|ни|нет|без|нельзя|невозможно|никто|никогда|not|never|no|cannot)");

/**
 * Reads phrases, one a line: words in order within one sentence, each in the syntax of `formsOf`. `..` lets up to two
 * words stand between, `..4` up to four; `word?` may be missing (not the first one). Throws if a line has no first word.
 */
export function phrases(lines: readonly string[]): Finder {
  const openings = openingsOf(lines.map(stepsOf));
  return (tokens) => {
    const found: Match[] = [];
    for (const [beginning, positions] of tokens.beginnings) {
      for (const opening of openings.get(beginning) ?? none) addMatches(found, opening, positions, tokens);
    }
    return found;
  };
}

const none: readonly Opening[] = [];

function addMatches(
  found: Match[],
  { forms, steps }: Opening,
  positions: readonly number[],
  tokens: Tokens,
): void {
  for (const first of positions) {
    if (!fits(tokens.words[first]?.text ?? "", forms)) continue;
    const last = lastOf(steps, 1, tokens, first);
    if (last !== undefined) found.push({ first, last });
  }
}

/** Phrases by the beginning of their first word: a text has few beginnings, and most phrases none of them. */
function openingsOf(all: readonly (readonly Step[])[]): ReadonlyMap<string, readonly Opening[]> {
  const openings = new Map<string, Opening[]>();
  for (const steps of all) {
    for (const [beginning, forms] of byBeginning((steps[0] as Step).forms)) {
      const known = openings.get(beginning);
      if (known === undefined) openings.set(beginning, [{ forms, steps }]);
      else known.push({ forms, steps });
    }
  }
  return openings;
}

function stepsOf(line: string): readonly Step[] {
  const steps: Step[] = [];
  let gap = 0;
  for (const token of line.trim().split(/\s+/u)) {
    if (token.startsWith("..")) gap = token === ".." ? 2 : Number(token.slice(2));
    else {
      const isOptional = token.endsWith("?");
      steps.push({ forms: formsOf(isOptional ? token.slice(0, -1) : token), gap, isOptional });
      gap = 0;
    }
  }
  if (steps[0] === undefined || steps[0].isOptional || steps[0].forms.endings.length > 0)
    throw new Error(`no first word in ${line}`);
  return steps;
}

/** The last word of the steps from `index` on, if the step before stands at `position`; quick, because steps and gaps are few. */
function lastOf(steps: readonly Step[], index: number, tokens: Tokens, position: number): number | undefined {
  const step = steps[index];
  if (step === undefined) return position;
  const sentence = tokens.words[position]?.sentence;
  for (let next = position + 1; next <= position + 1 + step.gap; next += 1) {
    const word = tokens.words[next];
    if (word === undefined || word.sentence !== sentence) break;
    if (fits(word.text, step.forms)) {
      const last = lastOf(steps, index + 1, tokens, next);
      if (last !== undefined) return last;
    }
    if (fits(word.text, negating)) break;
  }
  return step.isOptional ? lastOf(steps, index + 1, tokens, position) : undefined;
}
