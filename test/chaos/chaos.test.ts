import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type ChaosResult, runChaos } from "./chaos.ts";
import { type ProfileName, profiles } from "./profile.ts";

/** The same plan each time; what is under way at once is the machine's own affair. `npm run chaos` draws a new one. */
const seed = 20_261_124;

const run = (name: ProfileName): Promise<ChaosResult> =>
  runChaos({
    profile: profiles[name],
    seed,
    tree: fileURLToPath(new URL("../..", import.meta.url)),
    onLine: () => undefined,
  });

const brokenOf = ({ checks }: ChaosResult): readonly string[] =>
  checks.filter((check) => !check.ok).map(({ name, found }) => `${name}: ${found}`);

test("killed, cut off, locked out and lied to, predraft leaves no row without its draft and pays for none twice", async () => {
  const result = await run("short");
  expect(brokenOf(result)).toEqual([]);
  // Nothing above means anything if nothing had happened.
  expect(result.evidence.journal.length).toBeGreaterThan(100);
  expect(result.evidence.diary.disturbances.length).toBeGreaterThan(3);
}, 300_000);

test("two processes of 8 with a global limit of 10 never have 11 calls open", async () => {
  const result = await run("crowd");
  expect(brokenOf(result)).toEqual([]);
  expect(Math.max(...result.evidence.journal.map((call) => call.open))).toBe(10);
}, 300_000);
