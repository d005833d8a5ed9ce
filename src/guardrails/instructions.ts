import { tokenize, type Word } from "./text/tokenize.ts";

/** What a prompt's own rules say, made comparable: every run of words that no reply has by chance. */
export type Instructions = ReadonlySet<string>;

/** Where a reply was made without a prompt. */
export const noInstructions: Instructions = new Set();

/** So many words of ours in a row are no chance. */
export const fewestShared = 7;
const longestRead = 20_000;

/** Reads a prompt's rules, a millisecond for 5 kB. What they quote, and their sample replies, anybody may say. */
export function instructionsOf(rules: string): Instructions {
  const { words } = tokenize(rules.slice(0, longestRead).replaceAll(/«[^»]*»|→.*$/gmu, "."));
  return new Set(words.flatMap((_, at) => runAt(words, at) ?? []));
}

/** So many words of one sentence from here on. */
export function runAt(words: readonly Word[], at: number): string | undefined {
  const run = words.slice(at, at + fewestShared);
  const isWhole = run.length === fewestShared && run.at(-1)?.sentence === run[0]?.sentence;
  return isWhole ? run.map(({ text }) => text).join(" ") : undefined;
}
