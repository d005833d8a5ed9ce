import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A new directory that every user may enter, as PostgreSQL must when we are root. Removed when this process ends. */
export function makeDirectory(parent: string): string {
  const directory = mkdtempSync(join(realpathSync(parent), "predraft-bench-"));
  chmodSync(directory, 0o755);
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
