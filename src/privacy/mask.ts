import { findPersonal } from "./find.ts";
import type { Finding, KnownPerson, PersonalKind } from "./finding.ts";
import { placeholders, placeholderWords } from "./placeholders.ts";

interface Hidden {
  readonly kind: PersonalKind;
  /** The first spelling. */
  readonly text: string;
  readonly placeholder: string;
}

/** Hides personal values in the texts of one call; a value gets the same placeholder in all of them. */
export interface Mask {
  /** Replaces each value with a placeholder. Masking a masked text changes nothing. */
  hide(text: string): string;
  /** Puts values of these kinds back in their first spelling; other placeholders stay. */
  restore(text: string, kinds: ReadonlySet<PersonalKind>): string;
}

const mostPasses = 5;

/**
 * Makes a mask for the texts of one call. `texts` are all texts to be hidden: a placeholder that a buyer wrote is never assigned,
 * so it cannot be made to show another person's number.
 */
export function createMask(known: KnownPerson, texts: readonly string[]): Mask {
  const taken = new Set(texts.flatMap((text) => text.match(placeholders()) ?? []));
  const byKey = new Map<string, Hidden>();
  const byPlaceholder = new Map<string, Hidden>();
  const counts = new Map<PersonalKind, number>();

  const nextPlaceholder = (kind: PersonalKind): string => {
    for (;;) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const placeholder = `[${placeholderWords[kind]}_${count}]`;
      if (!taken.has(placeholder)) return placeholder;
    }
  };
  const remembered = (finding: Finding, text: string): Hidden => {
    const key = `${finding.kind} ${finding.key}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const value = {
      kind: finding.kind,
      text: text.slice(finding.start, finding.end),
      placeholder: nextPlaceholder(finding.kind),
    };
    byKey.set(key, value);
    byPlaceholder.set(value.placeholder, value);
    return value;
  };
  const replaced = (text: string): string => {
    let result = "";
    let end = 0;
    for (const finding of findPersonal(text, known)) {
      result += text.slice(end, finding.start) + remembered(finding, text).placeholder;
      end = finding.end;
    }
    return result + text.slice(end);
  };
  const restored = (text: string, kinds: ReadonlySet<PersonalKind>): string =>
    text.replaceAll(placeholders(), (placeholder) => {
      const value = byPlaceholder.get(placeholder);
      return value !== undefined && kinds.has(value.kind) ? restored(value.text, kinds) : placeholder;
    });
  return {
    hide(text) {
      let hidden = text;
      // Hiding a value frees the words that were joined to it, so another pass may find more.
      for (let pass = 0, found = true; found && pass < mostPasses; pass += 1) {
        const before = hidden;
        hidden = replaced(before);
        found = hidden !== before;
      }
      return hidden;
    },
    restore: restored,
  };
}
