import { tokenize, type Word } from "./text/tokenize.ts";

/** A prompt's own rules, made comparable: every run of words that no reply contains by chance. */
export type Instructions = ReadonlySet<string>;

/** For a reply that was made without a prompt. */
export const noInstructions: Instructions = new Set();

/** So many words of the prompt in a row are no chance. */
export const fewestShared = 7;
const longestRead = 20_000;

/** Reads a prompt's rules; 5 kB take a millisecond. Quotations in the rules and sample replies are left out: anybody may say them. */
export function instructionsOf(rules: string): Instructions {
  const { words } = tokenize(rules.slice(0, longestRead).replaceAll(/«[^»]*»|→.*$/gmu, "."));
  return new Set(words.flatMap((_, at) => runAt(words, at) ?? []));
}

/** The run of `fewestShared` words that begins here; undefined if the sentence ends before. */
export function runAt(words: readonly Word[], at: number): string | undefined {
  const run = words.slice(at, at + fewestShared);
  const isWhole = run.length === fewestShared && run.at(-1)?.sentence === run[0]?.sentence;
  return isWhole ? run.map(({ text }) => text).join(" ") : undefined;
}
