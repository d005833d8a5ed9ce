import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Sql } from "../../db/client/connect.ts";
import { readFacts } from "../../db/host/facts.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { queueSchemaStatements } from "../../db/migrate/queue-schema.ts";
import { hostGrants } from "../../db/migrate/roles/host-rights.ts";
import { ownerRole, readerRole, workerRole } from "../../db/migrate/roles/rights.ts";
import { triggerStatements } from "../../db/migrate/sql-files.ts";
import { lastStatement, sqlStatements } from "../../db/migrate/statements.ts";
import { relationOf } from "../../db/migrate/triggers.ts";
import { attachmentSql, type ExistingDrafts, rememberSql } from "./attachment.ts";
import { rewriteSql } from "./documents.ts";
import { adopted, unstamped } from "./existing-drafts.ts";
import { shown } from "./names.ts";

/**
 * What attach does, as SQL that psql could run, each step with what it locks and for how long: the statements that attach itself
 * runs, in their order. Reads the catalogue only.
 */
export async function planSql(
  sql: Sql,
  host: HostMapping,
  existing: ExistingDrafts,
  advice: readonly string[],
): Promise<string> {
  const facts = await readFacts(sql, host);
  const statements = await sqlStatements(host, facts);
  const triggers = (await triggerStatements(host, facts)).filter(
    ({ on }) => on !== "watched" || host.messages?.watch,
  );
  return [
    heading(host),
    step("What attach remembers. Locks nothing of the host's.", [
      "create schema if not exists predraft;",
      await attachmentSql(),
      rememberSql(host, existing),
    ]),
    step("The queue, by graphile-worker's own migrations. Locks nothing of the host's.", [
      "-- Only if it is new:",
      ...queueSchemaStatements.map((statement) => `-- ${statement};`),
      '\\! npx graphile-worker --schema-only -c "$DATABASE_URL"',
    ]),
    step("predraft's tables. Locks nothing of the host's.", [migrations()]),
    step(
      `Functions and views, in one transaction. The views read ${shown(host.table)}: ACCESS SHARE, which no reader or writer waits for.`,
      [
        "begin;",
        "set local lock_timeout = '5s';",
        ...statements.map(({ name, text }) => `-- ${name}\n${text}`),
        "commit;",
      ],
    ),
    step("Roles; left out if the attaching role may not create any. Locks nothing of the host's.", [
      roles(host),
    ]),
    step("Settings act. Locks nothing of the host's.", [lastStatement.text]),
    ...triggers.map(({ on, text }) =>
      step(
        `Locks ${shown(relationOf(host, on))} against writers (SHARE ROW EXCLUSIVE; readers go on): a few milliseconds once granted. ` +
          "Waits 100 ms at most, and is tried again until nobody holds the table.",
        ["begin;", "set local lock_timeout = '100ms';", text, "commit;"],
      ),
    ),
    step(existingHeading(existing), existing === "adopt" ? [adoption(host)] : []),
    step("The backlog, in batches of 1,000, once it is agreed to. Locks no row of the host's.", [
      "-- select predraft.enqueue_ids(array(select interaction_id from predraft.unserved(true) limit 1000));",
      "-- update predraft.attachment set held_before = null;",
    ]),
    ...(advice.length > 0
      ? [
          step(
            "Advice; attach makes no index on a host's table.",
            advice.map((line) => `-- ${line}`),
          ),
        ]
      : []),
  ].join("\n");
}

const step = (comment: string, statements: readonly string[]): string =>
  `\n-- ${comment}\n${statements.map((statement) => statement.trimEnd()).join("\n")}\n`;

const heading = (host: HostMapping): string =>
  `-- What \`predraft attach\` would do to ${shown(host.table)}. Nothing was changed.\n` +
  "-- Locks are waited for no longer than said, and given back at each commit.";

/** drizzle's own record of what was applied comes with it, so that a later migrate knows. */
function migrations(): string {
  const read = readMigrationFiles({
    migrationsFolder: fileURLToPath(new URL("../../db/migrations", import.meta.url)),
  });
  return [
    "begin;",
    "create table if not exists predraft.migrations (id serial primary key, hash text not null, created_at bigint);",
    ...read.flatMap(({ sql, hash, folderMillis }) => [
      sql.map((statement) => `${statement.trim().replace(/;?$/, ";")}`).join("\n"),
      `insert into predraft.migrations (hash, created_at) values ('${hash}', ${folderMillis});`,
    ]),
    "commit;",
  ].join("\n");
}

/** Which right each role gets on our own objects is in db/migrate/roles/rights.ts; what it may do with the host's tables is all here. */
const roles = (host: HostMapping): string =>
  [
    ...[ownerRole, workerRole, readerRole].map((role) => `-- create role ${role} nologin;`),
    `-- grant ${workerRole} to ${ownerRole};  -- the schemas then belong to these two`,
    ...hostGrants(host).map((statement) => `-- ${statement};`),
  ].join("\n");

const existingHeading = (existing: ExistingDrafts): string =>
  existing === "adopt"
    ? "Drafts found without a hash: for each range of 5,000 keys, again until it finds none. Locks at most 100 rows for some 20 ms, skips rows that are held."
    : "Drafts found without a hash are left as they are, and made anew with the backlog.";

const adoption = (host: HostMapping): string =>
  rewriteSql(host, unstamped, adopted, true)
    .trim()
    .split("\n")
    .map((line) => `-- ${line}`)
    .join("\n");
