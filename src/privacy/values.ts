import { findPersonal, nobody } from "./find.ts";
import type { Finding, KnownPerson } from "./finding.ts";

/** A personal value in the buyer's words; one entry a value, however often and in whatever spelling it occurs. */
export interface PersonalWord extends Pick<Finding, "kind" | "key"> {
  /** The first spelling. */
  readonly text: string;
}

/**
 * Lists the personal values of these texts, so that a check can find repetitions: `findPersonal` of a reply gives the same kind and
 * key for the same value. Pure; never throws.
 */
export function personalWords(
  texts: readonly string[],
  known: KnownPerson = nobody,
): readonly PersonalWord[] {
  const words = new Map<string, PersonalWord>();
  for (const text of texts) {
    for (const { kind, key, start, end } of findPersonal(text, known)) {
      const id = `${kind} ${key}`;
      if (!words.has(id)) words.set(id, { kind, key, text: text.slice(start, end) });
    }
  }
  return [...words.values()];
}
