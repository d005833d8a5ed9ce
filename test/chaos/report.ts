import type { ChaosResult } from "./chaos.ts";

/** Prints the table; true where every check passed. */
export async function printVerdict(
  { checks, evidence, restedMs, tookMs }: ChaosResult,
  options: { seed: number; profile: string },
): Promise<boolean> {
  const { diary, journal, finals, provisionals } = evidence;
  const ends = Object.entries(Object.groupBy(journal, (call) => call.end)).map(
    ([end, calls]) => `${end} ${calls?.length}`,
  );
  const fates = Object.entries(Object.groupBy(journal, (call) => call.fate)).map(
    ([fate, calls]) => `${fate} ${calls?.length}`,
  );
  const lines = [
    `profile ${options.profile}, seed ${options.seed}, ${(tookMs / 1_000).toFixed(1)} s, of which ${(restedMs / 1_000).toFixed(1)} s to come to rest`,
    `did: ${Object.entries(diary.counts)
      .map(([what, n]) => `${what} ${n}`)
      .join(", ")}`,
    `model calls: ${journal.length} (${ends.join(", ")}; ${fates.join(", ")}); at the end ${finals} final drafts, ${provisionals} provisional`,
    "",
    ...checks.map(({ ok, name, found }) => `${ok ? "ok    " : "BROKEN"}  ${name}: ${found}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return checks.every((check) => check.ok);
}
