import { findPersonal, nobody } from "./find.ts";
import type { Finding, KnownPerson } from "./finding.ts";

/** What a buyer said of himself: one entry a value, however often and however spelled it occurs. */
export interface PersonalWord extends Pick<Finding, "kind" | "key"> {
  /** As it was first written. */
  readonly text: string;
}

/**
 * The personal values that these texts hold, so that a check can find them repeated: `findPersonal` of a reply gives the same
 * kind and key for the same value. Pure; never throws.
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
