import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { expect, inject } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { schemaVersion } from "../../../db/schema-version.ts";
import { attachedHost } from "../../helpers/attached-host.ts";
import { jobs } from "../../helpers/jobs.ts";
import { addInteraction, type Client, saveDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

/** A database without anything of ours in it. */
async function withEmptyDatabase(
  options: string,
  work: (url: string, sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const url = inject("postgresUrl");
  const admin = postgres(url, { max: 1, onnotice: () => undefined });
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name} template template0 ${options}`);
  const own = url.replace(/\/postgres$/, `/${name}`);
  const sql = postgres(own, { onnotice: () => undefined });
  try {
    await work(own, sql);
  } finally {
    await sql.end();
    await admin.unsafe(`drop database ${name}`);
    await admin.end();
  }
}

/** Everything of the schema that a migrate could change, with the transaction that wrote it where it must not be written anew. */
async function catalog(sql: Client): Promise<unknown> {
  const functions = await sql`
    select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as body, p.proacl::text as acl
    from pg_proc p where p.pronamespace = 'predraft'::regnamespace and p.prokind = 'f' order by 1`;
  const triggers = await sql`
    select t.oid, t.xmin::text, t.tgrelid::regclass::text as relation, pg_get_triggerdef(t.oid) as body
    from pg_trigger t where not t.tgisinternal order by 3, 4`;
  const relations = await sql`
    select c.oid::regclass::text as name, case when c.relkind = 'r' then c.oid end as oid, c.relacl::text as acl
    from pg_class c where c.relnamespace in ('public'::regnamespace, 'predraft'::regnamespace, 'graphile_worker'::regnamespace) order by 1`;
  const columns = await sql`
    select table_schema, table_name, column_name, data_type, column_default, is_nullable from information_schema.columns
    where table_schema in ('public', 'predraft') order by 1, 2, ordinal_position`;
  return { functions, triggers, relations, columns };
}

test("migrating again changes nothing, on either host", async ({ db, attached }) => {
  for (const { url, sql } of [db, attached]) {
    const id = await addInteraction(sql);
    await saveDraft(sql, id);
    const before = await catalog(sql);
    const [shown, queued] = [await show(sql, id), (await jobs(sql)).length];
    const report = await migrate({ url });
    expect(report.host).toEqual(
      sql === db.sql ? expect.objectContaining({ greenfield: true }) : attachedHost,
    );
    expect(await catalog(sql)).toEqual(before);
    expect(await show(sql, id)).toEqual(shown);
    expect(await jobs(sql)).toHaveLength(queued);
  }
});

test("migrating again waits for no transaction of a host's that reads, writes or holds rows", async ({
  db,
  attached,
}) => {
  for (const { url, sql, connect } of [db, attached]) {
    const id = await addInteraction(sql);
    const other = await addInteraction(sql);
    const host = await connect().reserve();
    await host`begin`;
    await host`select from public.interactions where id = ${id} for update`;
    await host`update public.interactions set text = 'Иначе' where id = ${other}`;
    await host`insert into public.runtime_settings (key, value) values ('theme2', 'dark')`;
    await migrate({ url });
    await host`update public.interactions set text = 'Ещё раз' where id = ${other}`;
    await host`commit`;
    host.release();
  }
});

test("migrating again waits for no VACUUM or ANALYZE under way", async ({ db }) => {
  // Even a COMMENT that is there already asks for this lock.
  const reader = await db.connect().reserve();
  await reader`begin`;
  await reader`lock table public.interactions in share update exclusive mode`;
  await migrate({ url: db.url });
  await reader`rollback`;
  reader.release();
});

test("two that migrate an empty database at once both succeed", async () => {
  await withEmptyDatabase("", async (url, sql) => {
    await Promise.all([migrate({ url }), migrate({ url }), migrate({ url })]);
    const id = await addInteraction(sql);
    expect((await jobs(sql)).map((job) => job.interaction)).toEqual([id]);
  });
});

test("a database that a newer predraft has migrated is refused and left as it is", async ({ db }) => {
  await db.sql`update predraft.schema_version set version = ${schemaVersion + 1}, applied_by = 'v9'`;
  await db.sql`drop function predraft.cycle_of`.catch(() => undefined);
  const before = await catalog(db.sql);
  await expect(migrate({ url: db.url })).rejects.toMatchObject({ code: "schema_newer" });
  expect(await catalog(db.sql)).toEqual(before);
});

test("an older schema is brought up, and says so", async ({ db }) => {
  await db.sql`update predraft.schema_version set version = 0, applied_by = 'v0'`;
  await db.sql`drop trigger predraft_21_updated on public.interactions`;
  await db.sql`create or replace function predraft.job_run_at(occurred_at timestamptz) returns timestamptz language sql stable as 'select now()'`;
  await migrate({ url: db.url });
  const [row] = await db.sql`
    select (select version from predraft.schema_version) as version, predraft.trigger_problem() as problem,
      predraft.job_run_at('2025-01-01') < '2016-01-01' as mirrored`;
  expect(row).toEqual({ version: schemaVersion, problem: null, mirrored: true });
});

test.for(["SQL_ASCII", "LATIN1"])(
  "a database in %s is refused, and nothing is created in it",
  async (encoding) => {
    await withEmptyDatabase(
      `encoding '${encoding}' lc_collate 'C' lc_ctype 'C' ${await libc()}`,
      async (url, sql) => {
        await expect(migrate({ url })).rejects.toMatchObject({
          code: "database_unfit",
          message: expect.stringContaining(encoding),
        });
        expect(
          await sql`select from pg_namespace where nspname in ('predraft', 'graphile_worker')`,
        ).toHaveLength(0);
      },
    );
  },
);

/** Only libc knows encodings other than UTF8. */
async function libc(): Promise<string> {
  const sql = postgres(inject("postgresUrl"), { max: 1 });
  const [row] = await sql`select current_setting('server_version_num')::int as n`;
  await sql.end();
  return row?.["n"] >= 150_000 ? "locale_provider libc" : "";
}

test("tables that a host has under our names are kept with what is in them", async () => {
  await withEmptyDatabase("", async (url, sql) => {
    await sql.unsafe(`
      create table public.sellers (id bigint primary key, name text not null, created_at timestamptz default now(), own int);
      create table public.runtime_settings (id serial primary key, key varchar(50) unique not null, value text, secret text);
      insert into public.sellers values (1, 'a', now(), 7);
      insert into public.runtime_settings (key, value, secret) values ('ai_draft_batch_size', '9', 's'), ('other', 'x', 's')`);
    await migrate({ url });
    expect(await sql`select id::int, own from public.sellers`).toEqual([{ id: 1, own: 7 }]);
    expect(await sql`select key, secret from public.runtime_settings order by key`).toHaveLength(2);
    expect(await sql`select predraft.setting('ai_draft_batch_size') as n`).toEqual([{ n: "9" }]);
    await addInteraction(sql);
  });
});

test("a failing migrate changes nothing, and says which file failed", async () => {
  await withEmptyDatabase("", async (url, sql) => {
    await sql`create table public.interactions (id bigint primary key)`;
    await expect(migrate({ url })).rejects.toThrow(/column|host_/);
    expect(await sql`select from pg_proc where pronamespace = 'predraft'::regnamespace`).toHaveLength(0);
  });
});
