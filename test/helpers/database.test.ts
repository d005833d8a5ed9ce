import postgres from "postgres";
import { expect, inject } from "vitest";
import { createDatabase } from "./database.ts";
import { test } from "./test.ts";
import { until } from "./until.ts";

test("each test has a database of its own", async ({ db, attached }) => {
  await db.sql`create table public.only_here (id bigint)`;
  await db.sql`insert into public.only_here values (9007199254740993)`;
  const [row] = await db.sql<{ id: string }[]>`select id from public.only_here`;
  expect(row?.id).toBe("9007199254740993");
  const [found] = await attached.sql`select to_regclass('public.only_here') as name`;
  expect(found?.["name"]).toBeNull();
});

test("the attached host keeps its document as json and its ids as integers", async ({ attached }) => {
  const columns = await attached.sql`
    select column_name, data_type from information_schema.columns
    where table_schema = 'public' and table_name = 'interactions' and column_name in ('id', 'metadata') order by 1`;
  expect(columns.map((c) => c["data_type"])).toEqual(["integer", "json"]);
});

test("two connections of one test can hold two transactions", async ({ db }) => {
  const [one, two] = [db.connect(), db.connect()];
  const pid = async (client: postgres.Sql) => (await client`select pg_backend_pid() as pid`)[0]?.["pid"];
  expect(await pid(one)).not.toBe(await pid(two));
});

test("a session that a test leaves open fails it, with its query", async () => {
  const database = await createDatabase();
  const forgotten = postgres(database.url, { max: 1 });
  await forgotten`select 'left behind' as note`;
  await expect(database.drop()).rejects.toThrow(/1 session[\s\S]*left behind/);
  await forgotten.end();
  const name = new URL(database.url).pathname.slice(1);
  const admin = postgres(inject("postgresUrl"), { max: 1 });
  expect(await admin`select from pg_catalog.pg_database where datname = ${name}`).toHaveLength(0);
  await admin.end();
});

test("text sorts and folds by Unicode, whatever the machine's locale is", async ({ db }) => {
  const [row] = await db.sql`select lower('ЁЖ Ä') as folded, 'а' < 'Я' as sorted`;
  expect(row).toEqual({ folded: "ёж ä", sorted: false });
});

test("waiting for what never comes true ends with its name", async () => {
  await expect(until(() => false, { what: "pigs fly", timeoutMs: 1 })).rejects.toThrow("pigs fly");
});
