import { fileURLToPath } from "node:url";
import { type ChaosResult, runChaos } from "./chaos.ts";
import { type ProfileName, profiles } from "./profile.ts";

/** The same plan each time; what is under way at once is the machine's own affair. `npm run chaos` draws a new one. */
const seed = 20_261_124;

/** A run for the tests. */
export const fixedRun = (name: ProfileName): Promise<ChaosResult> =>
  runChaos({
    profile: profiles[name],
    seed,
    tree: fileURLToPath(new URL("../..", import.meta.url)),
    onLine: () => undefined,
  });

/** The checks that failed, with what they found. */
export const brokenOf = ({ checks }: ChaosResult): readonly string[] =>
  checks.filter((check) => !check.ok).map(({ name, found }) => `${name}: ${found}`);
