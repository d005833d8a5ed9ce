import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Sql } from "../../db/client/connect.ts";
import { readFacts } from "../../db/host/facts.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { queueMark } from "../../db/migrate/queue-schema.ts";
import { literal, qualified, quote } from "../../db/migrate/render/quote.ts";
import { ownKey } from "../../db/migrate/render/row.ts";
import { ownerRole, readerRole, workerRole } from "../../db/migrate/roles/rights.ts";
import { renderedFiles, triggerStatements } from "../../db/migrate/sql-files.ts";
import { schemaVersion } from "../../db/schema-version.ts";
import { attachmentSql, type ExistingDrafts } from "./attachment.ts";
import { rewriteSql } from "./documents.ts";
import { adopted, unstamped } from "./existing-drafts.ts";
import { shown } from "./names.ts";

/**
 * What attach does, as SQL that psql could run, each step with what it locks and for how long. Reads the catalogue only.
 */
export async function planSql(
  sql: Sql,
  host: HostMapping,
  existing: ExistingDrafts,
  advice: readonly string[],
): Promise<string> {
  const facts = await readFacts(sql, host);
  const files = await renderedFiles(host, facts);
  const triggers = await triggerStatements(host, facts);
  return [
    heading(host),
    step("What attach remembers. Locks nothing of the host's.", [
      "create schema if not exists predraft;",
      await attachmentSql(),
      remembered(host, existing),
    ]),
    step("The queue, by graphile-worker's own migrations. Locks nothing of the host's.", [
      "create schema if not exists graphile_worker;  -- where it is new:",
      `comment on schema graphile_worker is ${literal(queueMark)};`,
      '\\! npx graphile-worker --schema-only -c "$DATABASE_URL"',
    ]),
    step("predraft's tables. Locks nothing of the host's.", [
      migrations(),
      ...ownSettings(host),
      ...keyTypes(host),
    ]),
    step(
      `Functions and views, in one transaction. The views read ${shown(host.table)}: ACCESS SHARE, which no reader or writer waits for.`,
      [
        "begin;",
        "set local lock_timeout = '5s';",
        ...files.map(({ file, text }) => `-- db/sql/${file}\n${text}`),
        record(host),
        "commit;",
      ],
    ),
    step("Roles; left out where the attaching role may not create any. Locks nothing of the host's.", [
      roles(host),
    ]),
    ...triggers.map(({ on, text }) =>
      step(
        `Locks ${shown(on === "settings" ? host.settings : host.table)} against writers (SHARE ROW EXCLUSIVE; readers go on): a few milliseconds once granted. ` +
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

function remembered(host: HostMapping, existing: ExistingDrafts): string {
  const keys =
    host.settings.schema === "predraft"
      ? "'{}'"
      : `array(select key::text from ${qualified(host.settings)} where key::text ~ '^(ai_draft|llm)_' order by 1)`;
  return `insert into predraft.attachment (settings_keys, existing_drafts, held_before) values (${keys}, '${existing}', clock_timestamp()) on conflict do nothing;`;
}

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

const ownSettings = ({ settings }: HostMapping): string[] =>
  settings.schema === "predraft"
    ? [
        `create table if not exists ${qualified(settings)} (id bigint generated by default as identity primary key, key text not null unique, ` +
          "value text, created_at timestamptz not null default now(), updated_at timestamptz not null default now());",
      ]
    : [];

/** Our tables are made for bigint; a host with uuid keys has them changed while they are empty. */
function keyTypes({ keys }: HostMapping): string[] {
  const wanted = Object.entries({ interaction_id: keys.id, seller_id: keys.seller_id }).filter(
    ([, type]) => ownKey(type) === "uuid",
  );
  return wanted.map(
    ([column]) => `do $$
declare
  relation regclass;
begin
  for relation in
    select a.attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'predraft'::regnamespace and c.relkind = 'r' and a.attname = '${column}' and a.atttypid <> 'uuid'::regtype
  loop
    execute format('alter table %s alter column ${column} type uuid using null::uuid', relation);
  end loop;
end $$;`,
  );
}

const record = (host: HostMapping): string => `
insert into predraft.host (mapping) values (${literal(JSON.stringify(host))}::jsonb) on conflict (singleton) do update set mapping = excluded.mapping;
insert into predraft.schema_version (version, applied_by) values (${schemaVersion}, 'v${schemaVersion}') on conflict (singleton) do nothing;
select predraft.sync_settings();`;

/** Which right each role gets is in db/migrate/roles/rights.ts; what it may do with the host's tables is all here. */
function roles(host: HostMapping): string {
  const read = [host.table, host.settings, host.messages?.table, host.products?.table].flatMap((r) =>
    r && r.schema !== "predraft" ? [r] : [],
  );
  return [
    ...[ownerRole, workerRole, readerRole].map((role) => `-- create role ${role} nologin;`),
    `-- grant ${workerRole} to ${ownerRole};  -- the schemas then belong to these two`,
    ...read.map((relation) => `-- grant select on ${qualified(relation)} to ${ownerRole};`),
    `-- grant update (${quote(host.document.column)}) on ${qualified(host.table)} to ${ownerRole};`,
  ].join("\n");
}

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
