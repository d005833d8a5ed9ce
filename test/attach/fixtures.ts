import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { test as base, inject } from "vitest";
import { type AttachDeps, type AttachRun, runAttach } from "../../src/attach/attach.ts";
import { type DetachDeps, runDetach } from "../../src/attach/detach.ts";
import type { AttachOptions } from "../../src/attach/facts.ts";
import { keptOutput } from "../helpers/kept-output.ts";

/** A database that holds the issue's host and nothing of ours. */
export interface HostDatabase {
  readonly url: string;
  readonly sql: postgres.Sql;
  connect(): postgres.Sql;
}

/** vitest's `test` with `host`: a new database of the issue's application, and `empty`: one without a table. */
export const test = base.extend<{ host: HostDatabase; empty: HostDatabase }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  host: ({}, use) => lend(use, true),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  empty: ({}, use) => lend(use, false),
});

async function lend(use: (host: HostDatabase) => Promise<void>, filled: boolean): Promise<void> {
  const adminUrl = inject("postgresUrl");
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  const name = `host_${randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name} template template0`);
  const url = adminUrl.replace(/\/postgres$/, `/${name}`);
  const clients: postgres.Sql[] = [];
  const connect = (max = 1): postgres.Sql => {
    const client = postgres(url, { max, onnotice: () => undefined });
    clients.push(client);
    return client;
  };
  try {
    const sql = connect(5);
    if (filled) await sql.file(fileURLToPath(new URL("host.sql", import.meta.url)));
    await use({ url, sql, connect: () => connect() });
  } finally {
    await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
    await admin`drop database if exists ${admin(name)} with (force)`;
    await admin.end();
  }
}

/** What the issue's command line says. */
export const issueOptions: AttachOptions = {
  table: { schema: "public", name: "interactions" },
  documentColumn: "metadata",
  columns: {},
  nameKeys: [],
};

/** The environment of a worker with a DeepSeek key. */
export const deepseek: AttachDeps["llm"] = {
  provider: "openai",
  model: "deepseek-flash",
  keys: { openai: "none" },
  baseUrls: { openai: "http://127.0.0.1:9/v1" },
  timeoutMs: 1000,
};

/** Runs attach on a host as the command does, without a terminal, and answers with what it printed. */
export async function attach(
  host: { readonly url: string },
  run: Partial<AttachRun> = {},
  deps: Partial<AttachDeps> = {},
): Promise<string> {
  const { out, text } = keptOutput();
  await runAttach(
    {
      url: host.url,
      llm: deepseek,
      out,
      stderr: process.stderr,
      ask: null,
      stopping: new AbortController().signal,
      pauseMs: 1,
      ...deps,
    },
    { host: issueOptions, existing: "adopt", dryRun: false, yes: false, ...run },
  );
  return text();
}

/** Runs detach, agreed to, and answers with what it printed. */
export async function detach(
  host: { readonly url: string },
  run: { dropDrafts?: boolean; yes?: boolean; force?: boolean } = {},
  deps: Partial<DetachDeps> = {},
): Promise<string> {
  const { out, text } = keptOutput();
  await runDetach(
    { url: host.url, out, ask: null, stopping: new AbortController().signal, patienceMs: 30_000, ...deps },
    { dropDrafts: false, yes: true, force: false, ...run },
  );
  return text();
}
