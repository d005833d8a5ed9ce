import type { TestDatabase } from "./database.ts";
import type { Client } from "./rows.ts";
import { test } from "./test.ts";

/** A test's database, and what differs between hosts. */
export interface Host {
  readonly db: TestDatabase;
  readonly sql: TestDatabase["sql"];
  /** The column that carries the draft, and its type. */
  readonly document: "extra_data" | "metadata";
  readonly documentType: "jsonb" | "json";
  /** Writes the whole document, given as JSON text, like an ingest that knows nothing of predraft. */
  rewrite(id: string, document: string | null, sql?: Client): Promise<unknown>;
}

/** Registers a test twice: on our own tables with jsonb, and on a foreign host's with json and integer keys. */
export function onEachHost(name: string, check: (host: Host) => Promise<void>): void {
  test(`${name} (greenfield)`, ({ db }) => check(hostOf(db, "extra_data", "jsonb")));
  test(`${name} (attached)`, ({ attached }) => check(hostOf(attached, "metadata", "json")));
}

function hostOf(db: TestDatabase, document: Host["document"], documentType: Host["documentType"]): Host {
  return {
    db,
    sql: db.sql,
    document,
    documentType,
    rewrite: (id, json, sql = db.sql) => sql`
      update public.interactions set ${sql(document)} = ${json}::text::${sql.unsafe(documentType)} where id = ${id}`,
  };
}
