import { defineConfig } from "vitest/config";
import quick from "./vitest.config.ts";

/** The tests that `npm test` leaves out for their time; CI runs them as well. */
export default defineConfig({
  test: { ...quick.test, include: ["test/**/*.slow.test.ts"], exclude: [] },
});
