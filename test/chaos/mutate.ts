import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporary } from "../helpers/temporary.ts";
import { runChaos } from "./chaos.ts";
import type { Check } from "./evidence.ts";
import type { Mutation } from "./mutations.ts";
import { type ProfileName, profiles } from "./profile.ts";

/** What came of taking one guard out. */
export interface MutationResult {
  readonly mutation: Mutation;
  /** The checks that failed, with what they found. Empty: nobody noticed. */
  readonly broken: readonly Check[];
}

/** A run that something is wrong with does not come to rest: no use in waiting long for it. */
const restMs = 40_000;

/** What the profile says of the whole tree: nothing, or the machine is too busy for the rows below it to mean anything. */
export async function runControl(tree: string, name: ProfileName, seed: number): Promise<readonly Check[]> {
  const { checks } = await runChaos({
    profile: { ...profiles[name], restMs },
    seed,
    tree,
    onLine: () => undefined,
  });
  return checks.filter((check) => !check.ok);
}

/** Runs the mutation's profile on a copy of the tree that lacks the guard. Throws where the text to be replaced isn't there once. */
export async function runMutation(tree: string, mutation: Mutation, seed: number): Promise<MutationResult> {
  const copy = makeTemporary("predraft-mutation-");
  const remove = (): void => rmSync(copy, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    for (const part of ["src", "db", "tasks", "package.json"])
      cpSync(join(tree, part), join(copy, part), { recursive: true });
    mkdirSync(copy, { recursive: true });
    symlinkSync(join(tree, "node_modules"), join(copy, "node_modules"));
    for (const { file, find, replace } of mutation.edits) {
      const text = readFileSync(join(copy, file), "utf8");
      const found = text.split(find).length - 1;
      if (found !== 1) throw new Error(`${mutation.guard}: ${file} holds the guard's text ${found} times`);
      writeFileSync(
        join(copy, file),
        text.replace(find, () => replace),
      );
    }
    const profile = { ...profiles[mutation.profile], restMs };
    const { checks } = await runChaos({ profile, seed, tree: copy, onLine: () => undefined });
    return { mutation, broken: checks.filter((check) => !check.ok) };
  } finally {
    process.off("exit", remove);
    remove();
  }
}
