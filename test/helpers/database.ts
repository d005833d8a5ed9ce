import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { until } from "./until.ts";

/** A database of one test, cloned from a template. Ids of type bigint come back as strings. */
export interface TestDatabase {
  readonly url: string;
  /** Up to 10 connections. */
  readonly sql: postgres.Sql;
  /** Another client with one connection of its own, to interleave transactions. Closed by `drop`. */
  connect(options?: postgres.Options<Record<string, never>>): postgres.Sql;
  /** Closes our clients and drops the database. Throws if the code under test left a session open. */
  drop(): Promise<void>;
}

/** What a database can start from: our own host tables, or a foreign host with predraft attached. */
export type Template = "greenfield" | "attached";

/** Clones a template. The caller must `drop` it; the fixtures of test.ts do. */
export async function createDatabase(template: Template = "greenfield"): Promise<TestDatabase> {
  const problem = inject("templateProblem");
  if (problem) throw new Error(`no template databases, because migrating them failed: ${problem}`);
  const adminUrl = inject("postgresUrl");
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name} template predraft_${template} ${inject("cloneStrategy")}`);
  const url = adminUrl.replace(/\/postgres$/, `/${name}`);
  const clients: postgres.Sql[] = [];
  const connect: TestDatabase["connect"] = (options) => {
    const client = postgres(url, { max: 1, onnotice: () => undefined, ...options });
    clients.push(client);
    return client;
  };
  return {
    url,
    sql: connect({ max: 10 }),
    connect,
    async drop() {
      try {
        await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
        await refuseLeaks(admin, name);
      } finally {
        await admin`drop database if exists ${admin(name)} with (force)`;
        await admin.end();
      }
    },
  };
}

interface Session {
  readonly application_name: string;
  readonly state: string;
  readonly query: string;
}

/** A session's end takes the server a moment, so what remains for a second was left open. */
async function refuseLeaks(admin: postgres.Sql, name: string): Promise<void> {
  let left: readonly Session[] = [];
  const none = async () => {
    left = await admin<Session[]>`
      select application_name, state, query from pg_catalog.pg_stat_activity
      where datname = ${name} and backend_type = 'client backend'`;
    return left.length === 0;
  };
  await until(none, { what: "all sessions are closed", timeoutMs: 1_000 }).catch((cause: unknown) => {
    const sessions = left.map((s) => `${s.state} (${s.application_name}): ${s.query.trim().slice(0, 200)}`);
    throw new Error(`the test left ${left.length} session(s) open:\n${sessions.join("\n")}`, { cause });
  });
}
