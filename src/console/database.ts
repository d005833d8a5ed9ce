import type { Config } from "../config.ts";
import { findEmbedded } from "../embedded/embedded.ts";
import { PredraftError } from "../errors.ts";

/** Where the embedded Postgres lives, under the directory predraft is run in. */
export const embeddedDirectory = ".predraft";

/** How commands reach the database, and what a person types to look into it. */
export interface DatabaseAddress {
  readonly url: string;
  /** Past a pooler, for LISTEN and liveness. */
  readonly directUrl: string;
  /** A psql command; without a password where the address came from the environment. */
  readonly psql: string;
}

/** The database of `DATABASE_URL`, else the embedded one that a running `predraft start` keeps. Throws `database_missing`. */
export function findDatabase(config: Config): DatabaseAddress {
  if (config.databaseUrl !== undefined) return fromEnvironment(config.databaseUrl, config.directUrl);
  const running = findEmbedded(embeddedDirectory);
  if (running !== undefined) return { url: running.url, directUrl: running.url, psql: running.psql };
  throw new PredraftError("There is no database to work on", {
    code: "database_missing",
    hint: "Run `npm start` in another terminal (it brings its own Postgres), or set DATABASE_URL.",
  });
}

/** What is printed never holds the password that the environment gave. */
export function fromEnvironment(url: string, directUrl: string | undefined): DatabaseAddress {
  return { url, directUrl: directUrl ?? url, psql: 'psql "$DATABASE_URL"' };
}
