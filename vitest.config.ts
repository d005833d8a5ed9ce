import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By far the longest file first, also in a fresh clone, where no duration is known yet: at the end it would run alone. */
class ChaosFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isChaos = ({ moduleId }: TestSpecification): number => Number(moduleId.includes("/test/chaos/"));
    return (await super.sort(files)).toSorted((a, b) => isChaos(b) - isChaos(a));
  }
}

/**
 * postgres.js 3.4 throws outside of any promise when a connection dies at the wrong moment (its issues 1066, 1154, 1208); the
 * tests that kill connections meet it now and then. The commands survive exactly this, see src/console/driver-errors.ts.
 * Its look-up of types, which it does not await, rejects with the end of its connection as well, with or without the driver in its stack.
 */
function isDriversOwn(error: { readonly stack?: string | undefined }): boolean {
  const { code, query } = error as { readonly code?: unknown; readonly query?: unknown };
  const isDriver = /postgres\/src\/connection\.js/.test(error.stack ?? "");
  const isLookUp =
    typeof query === "string" && query.includes("left join pg_catalog.pg_type b on b.oid = a.typelem");
  const isLost = /^(57P0[123]|08|ECONN|EPIPE|CONNECTION_)/.test(String(code));
  return (isDriver && error.stack?.includes("nextWrite") === true) || (isLost && (isDriver || isLookUp));
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real processes that are killed, stopped and cut off take their time: npm run test:slow.
    exclude: ["test/**/*.slow.test.ts"],
    setupFiles: ["test/helpers/after-each-file.ts"],
    globalSetup: ["test/helpers/postgres-setup.ts"],
    pool: "forks",
    // Files share the modules that are loaded: none of ours has a state of its own, and loading them took a quarter of the time.
    isolate: false,
    sequence: { sequencer: ChaosFirst },
    // PostgreSQL works as hard as the tests do, so half of a larger machine is its.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // .ci/run counts what the JSON says.
    reporters: process.env["VITEST_RESULTS"]
      ? ["default", ["json", { outputFile: process.env["VITEST_RESULTS"] }]]
      : ["default"],
    onUnhandledError: (error) => !isDriversOwn(error),
    retry: 0,
    globals: false,
  },
});
