import { test as base } from "vitest";
import { createDatabase, type Template, type TestDatabase } from "./database.ts";

/**
 * vitest's `test` with databases: name `db` (our own host tables) or `attached` (a foreign host's) in a test's
 * arguments, and it gets a new one of its own, dropped at its end.
 */
export const test = base.extend<{ db: TestDatabase; attached: TestDatabase }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  db: ({}, use) => lend("greenfield", use),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  attached: ({}, use) => lend("attached", use),
});

async function lend(template: Template, use: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createDatabase(template);
  try {
    await use(database);
  } finally {
    await database.drop();
  }
}
