import type { TestProject } from "vitest/node";
import { createTemplates } from "./templates.ts";
import { startThrowAwayCluster } from "./throw-away-cluster.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's address of the run's PostgreSQL, database `postgres`. */
    postgresUrl: string;
    /** The clause of `create database` that clones fastest; empty where the version knows none. */
    cloneStrategy: string;
    /** Why there are no templates; absent when there are. */
    templateProblem: string | undefined;
  }
}

/**
 * vitest's globalSetup: one PostgreSQL and its templates for the whole run; answers with its teardown.
 * `PREDRAFT_TEST_POSTGRES=15 npm test` runs on an installed major version instead of the embedded one.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const wanted = process.env["PREDRAFT_TEST_POSTGRES"];
  const major = wanted ? Number(wanted) : undefined;
  const cluster = await startThrowAwayCluster(major);
  project.provide("postgresUrl", cluster.url);
  // Its checkpoints cost nothing without fsync: 11 ms against 16, and half the time when several clone at once.
  project.provide("cloneStrategy", (major ?? 18) >= 15 ? "strategy file_copy" : "");
  // A migration that fails fails the tests that need a database, not the others.
  const problem = await createTemplates(cluster.url).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  project.provide("templateProblem", problem);
  return () => cluster.remove();
}
