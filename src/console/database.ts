import { parseAddress } from "../../db/client/address.ts";
import type { Config } from "../config.ts";
import { findEmbedded } from "../embedded/embedded.ts";
import { PredraftError } from "../errors.ts";

/** Where the embedded Postgres lives, under the directory that predraft is run in. */
export const embeddedDirectory = ".predraft";

/** How commands reach the database, and what a person types to look into it. */
export interface DatabaseAddress {
  readonly url: string;
  /** Past a pooler, for LISTEN and liveness. */
  readonly directUrl: string;
  /** A psql command; without a password where the address came from the environment. */
  readonly psql: string;
}

/** Tells a person something about the address. */
type Say = (line: string) => void;
const onStderr: Say = (line) => void process.stderr.write(`predraft: ${line}\n`);

/** The database of `DATABASE_URL`, or else the embedded one that a running `predraft start` keeps. Throws `database_missing`. */
export function findDatabase(config: Config, say: Say = onStderr): DatabaseAddress {
  if (config.databaseUrl !== undefined) return fromEnvironment(config.databaseUrl, config.directUrl, say);
  const running = findEmbedded(embeddedDirectory);
  if (running !== undefined) return { url: running.url, directUrl: running.url, psql: running.psql };
  throw new PredraftError(
    `There is no database to work on: DATABASE_URL is not set, and no predraft runs in ${process.cwd()}`,
    {
      code: "database_missing",
      hint: "Run this in the folder of a running `npm start` (it brings its own Postgres), or set DATABASE_URL.",
    },
  );
}

/** The addresses that the environment gave. What is printed never holds their password; parameters that are left out are told. */
export function fromEnvironment(
  url: string,
  directUrl: string | undefined,
  say: Say = onStderr,
): DatabaseAddress {
  const notes = [url, directUrl ?? url].flatMap((address) => parseAddress(address).notes);
  for (const note of new Set(notes)) say(note);
  return { url, directUrl: directUrl ?? url, psql: 'psql "$DATABASE_URL"' };
}
