import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { connect, type Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { locks } from "../../db/locks.ts";
import { qualified } from "../../db/migrate/render/quote.ts";
import { ownSettings } from "./mapping/settings.ts";

/** What becomes of drafts that stand in documents without a content hash. */
export type ExistingDrafts = "adopt" | "regenerate";

/**
 * Runs `work` while no other attach or detach is at this database; `onWait` is called once if one is. The lock goes with its
 * connection, so that a killed attach leaves none.
 */
export async function alone<T>(url: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const lock = connect(url, { max: 1, applicationName: "predraft attach lock" });
  try {
    const [row] = await lock<{ got: boolean }[]>`select pg_try_advisory_lock(${locks.attach}) as got`;
    if (!row?.got) {
      onWait();
      await lock`select pg_advisory_lock(${locks.attach})`;
    }
    return await work();
  } finally {
    await lock.end({ timeout: 1 });
  }
}

/** The file of db/sql that makes the table of what attach remembers: applied before migrate, and again by it. */
export const attachmentSql = (): Promise<string> =>
  readFile(fileURLToPath(new URL("../../db/sql/005_attachment.sql", import.meta.url)), "utf8");

/**
 * What attach remembers of the host as it is before anything is done to it, as SQL. What an earlier attach has remembered stays.
 * The backlog is held back from the first moment, so that a worker that runs already buys nothing unasked.
 */
export function rememberSql(host: HostMapping, existing: ExistingDrafts): string {
  const isOwn = host.settings.schema === ownSettings.schema && host.settings.name === ownSettings.name;
  const keys = isOwn
    ? "'{}'"
    : `array(select key::text from ${qualified(host.settings)} where key::text ~ '^(ai_draft|llm)_' order by 1)`;
  return `insert into predraft.attachment (settings_keys, existing_drafts, held_before)
values (${keys}, '${existing}', clock_timestamp())
on conflict (singleton) do update set existing_drafts = excluded.existing_drafts
where predraft.attachment.existing_drafts <> excluded.existing_drafts;`;
}

/** Runs `rememberSql`, after it has made the table for it if that is missing. */
export async function remember(sql: Sql, host: HostMapping, existing: ExistingDrafts): Promise<void> {
  const statements = await attachmentSql();
  await sql.begin(async (tx) => {
    const [there] =
      await tx`select to_regclass('predraft.attachment') is not null as there, to_regnamespace('predraft') is null as bare`;
    if (there?.["bare"]) await tx`create schema predraft`;
    if (!there?.["there"]) await tx.unsafe(statements);
    await tx.unsafe(rememberSql(host, existing));
  });
}

/** What attach remembered; undefined if it was never here (or a migrate did its work). */
export async function recall(
  sql: Sql,
): Promise<{ settingsKeys: string[]; heldBefore: Date | null } | undefined> {
  const [there] = await sql`select to_regclass('predraft.attachment') is not null as there`;
  if (!there?.["there"]) return undefined;
  const [row] = await sql<{ settingsKeys: string[]; heldBefore: Date | null }[]>`
    select settings_keys as "settingsKeys", held_before as "heldBefore" from predraft.attachment`;
  return row;
}

/** From now on the backlog may be bought, by the sweep as well. */
export async function releaseBacklog(sql: Sql): Promise<void> {
  await sql`update predraft.attachment set held_before = null where held_before is not null`;
}
