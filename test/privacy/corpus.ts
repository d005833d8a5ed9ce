import { readFileSync } from "node:fs";
import type { KnownPerson, PersonalKind } from "../../src/privacy/finding.ts";

/** A sentence of the corpus, and what is personal in it. */
export interface Sentence {
  readonly text: string;
  readonly personal: readonly { readonly kind: PersonalKind; readonly start: number; readonly end: number }[];
}

/** Whose words the corpus is. */
export const buyer: KnownPerson = { surnames: ["Смирнова", "Игоревна"], orderCode: "WB-55410-77" };

/** Reads a file of labelled sentences; `{kind|value}` marks what is personal. */
export function readCorpus(name: string): readonly Sentence[] {
  return readFileSync(new URL(name, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parsed);
}

function parsed(line: string): Sentence {
  const personal: { kind: PersonalKind; start: number; end: number }[] = [];
  let text = "";
  let end = 0;
  for (const match of line.matchAll(/\{([a-z_]+)\|([^}]*)\}/g)) {
    text += line.slice(end, match.index);
    const value = match[2] as string;
    personal.push({ kind: match[1] as PersonalKind, start: text.length, end: text.length + value.length });
    text += value;
    end = match.index + match[0].length;
  }
  return { text: text + line.slice(end), personal };
}
