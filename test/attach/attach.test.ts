import { randomUUID } from "node:crypto";
import { runMigrations } from "graphile-worker";
import type postgres from "postgres";
import { expect } from "vitest";
import { locks } from "../../db/locks.ts";
import { releaseBacklog } from "../../src/attach/attachment.ts";
import { enqueueBacklog, readBacklog } from "../../src/backfill/unserved.ts";
import { jobs } from "../helpers/jobs.ts";
import { keptOutput } from "../helpers/kept-output.ts";
import { until } from "../helpers/until.ts";
import { attach, deepseek, detach, test } from "./fixtures.ts";

const draftOf = async (sql: postgres.Sql, external: string) =>
  (
    await sql`select metadata -> 'last_ai_draft' as draft from public.interactions where external_id = ${external}`
  )[0]?.["draft"];

test("the issue's host is mapped by itself, each column reported", async ({ host }) => {
  const printed = await attach(host);
  const [row] = await host.sql`select mapping from predraft.host`;
  expect(row?.["mapping"]).toMatchObject({
    table: { schema: "public", name: "interactions" },
    keys: { id: "integer", seller_id: "integer" },
    document: { column: "metadata", type: "json" },
    customer_name_keys: ["user_name", "customer_name"],
    messages: {
      table: { schema: "public", name: "messages" },
      thread: { column: "chat_id", type: "integer" },
      thread_of: { document_key: "chat_id" },
      direction: "direction",
      incoming: ["in"],
      text: "text",
      sent_at: "sent_at",
      external_id: "external_message_id",
    },
    products: {
      table: { schema: "public", name: "product_cache" },
      nm_id: "nm_id",
      seller_id: null,
      name: "name",
      description: "description",
      attributes: "options",
    },
    seller_voice_prefix: "ai_settings_v1:seller:",
    settings: { schema: "public", name: "runtime_settings" },
    greenfield: false,
  });
  expect(printed).toMatch(/! llm_model says deepseek-chat, which is retired: taken as deepseek-flash/);
  expect(printed).toMatch(/last_message_at +missing: a chat's occurred_at identifies its last message/);
});

test("without a terminal and without --yes the backlog is told and held, even from the sweep", async ({
  host,
}) => {
  const printed = await attach(host);
  expect(printed).toMatch(/Backlog: 3 interactions/);
  expect(printed).toMatch(/estimated cost: about \$0\.\d+ for 2 drafts by deepseek-flash/);
  expect(printed).toMatch(/nothing was enqueued/);
  expect(await jobs(host.sql)).toEqual([]);
  expect(await host.sql`select from predraft.unserved(true)`).toHaveLength(0);
  await host.sql`update public.interactions set text = 'Другой вопрос' where external_id = 'q-1'`;
  expect(await jobs(host.sql)).toHaveLength(1);
});

test("--yes enqueues it once, most urgent first, and lets the sweep look after the rest", async ({
  host,
}) => {
  await attach(host);
  expect(await attach(host, { yes: true })).toMatch(/3 jobs added/);
  const ids = await host.sql`select id::text, external_id from public.interactions`;
  const name = (id: string) => ids.find((row) => row["id"] === id)?.["external_id"];
  const order = (await jobs(host.sql)).toSorted((a, b) => a.priority - b.priority || +a.runAt - +b.runAt);
  expect(order.map((job) => name(job.interaction))).toEqual(["c-1", "q-1", "r-1"]);
  expect(await attach(host, { yes: true })).toMatch(/nothing wants a draft/);
  expect(await jobs(host.sql)).toHaveLength(3);
});

test("a yes on the terminal is a yes, anything else a no", async ({ host }) => {
  const asked: string[] = [];
  await attach(host, {}, { ask: async (question) => asked.push(question) > 5 });
  expect(asked).toHaveLength(1);
  expect(await jobs(host.sql)).toEqual([]);
  await attach(host, {}, { ask: async () => true });
  expect(await jobs(host.sql)).toHaveLength(3);
});

test("drafts that were there are adopted, those of closed interactions too, and nothing is enqueued for them", async ({
  host,
}) => {
  await attach(host, { yes: true });
  const [row] =
    await host.sql`select content_hash, draft_state from predraft.interactions where external_id = 'r-2'`;
  expect(await draftOf(host.sql, "r-2")).toMatchObject({
    text: "Здравствуйте, Олег!",
    intent: "defect_not_working",
    source: "host",
    content_hash: row?.["content_hash"],
  });
  expect(row?.["draft_state"]).toBe("ready");
  expect(await draftOf(host.sql, "q-3")).toMatchObject({ text: "Да, можно", source: "host" });
  expect(await host.sql`select text, source, outcome from predraft.drafts order by text`).toMatchObject([
    { text: "Да, можно", source: "host", outcome: "saved" },
    { text: "Здравствуйте, Олег!", source: "host", outcome: "saved" },
  ]);
});

test("a sync that writes such a row back before it is adopted keeps its draft", async ({ host }) => {
  await attach(host, { existing: "regenerate" });
  await host.sql`update predraft.attachment set existing_drafts = 'adopt'`;
  await host.sql`update public.interactions set metadata = metadata, updated_at = now() where external_id = 'r-2'`;
  expect(await draftOf(host.sql, "r-2")).toMatchObject({ text: "Здравствуйте, Олег!", source: "host" });
});

test("regenerate leaves them unstamped and enqueues them", async ({ host }) => {
  await attach(host, { existing: "regenerate", yes: true });
  expect(await draftOf(host.sql, "r-2")).toEqual({
    text: "Здравствуйте, Олег!",
    intent: "defect_not_working",
  });
  expect(await jobs(host.sql)).toHaveLength(4);
});

test("rows that a host transaction holds are neither waited for nor lost", async ({ host }) => {
  const other = host.connect();
  const held = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const transaction = other.begin(async (tx) => {
    await tx`select from public.interactions where external_id = 'r-2' for update`;
    held.resolve();
    await go.promise;
  });
  await held.promise;
  // Triggers need the table for a moment; a row lock alone lets them have it.
  const printed = await attach(host);
  expect(printed).toMatch(/1 more are held/);
  go.resolve();
  await transaction;
  expect(await attach(host)).toMatch(/1 drafts that were there/);
  expect(await draftOf(host.sql, "r-2")).toMatchObject({ source: "host" });
});

test("a dry run changes nothing, and all it prints is SQL that does the same", async ({ host }) => {
  const plan = await attach(host, { dryRun: true });
  const there = () =>
    host.sql`select nspname from pg_namespace where nspname in ('predraft', 'graphile_worker')`;
  expect(await there()).toEqual([]);
  await host.sql.unsafe("create schema graphile_worker");
  await runMigrations({ connectionString: host.url });
  const one = host.connect();
  await one.unsafe(plan.replaceAll(/^\\!.*$/gm, ""));
  const triggers = async () =>
    (await host.sql`select tgname from pg_trigger where tgname like '%predraft%' order by 1`).map(
      (row) => row["tgname"],
    );
  expect(await triggers()).toEqual([
    "predraft_10_settings",
    "predraft_20_inserted",
    "predraft_21_updated",
    "predraft_22_deleted",
    "predraft_23_truncated",
    "zz_predraft_10_invalidate",
  ]);
  // The first use of a task's name would make other first users wait, inside a host's transaction.
  expect(await host.sql`select identifier from graphile_worker._private_tasks order by 1`).toMatchObject([
    { identifier: "clean_up" },
    { identifier: "generate_draft" },
    { identifier: "sweep_drafts" },
  ]);
  const before = await host.sql`select xmin::text, oid::text, tgname from pg_trigger order by 2`;
  await attach(host);
  expect(await host.sql`select xmin::text, oid::text, tgname from pg_trigger order by 2`).toEqual(before);
  await host.sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text) values (1, 'wildberries', 'question', 'new', 'Новый?')`;
  expect(await jobs(host.sql)).toHaveLength(1);
});

test("two at once both succeed, and enqueue once", async ({ host }) => {
  await Promise.all([attach(host, { yes: true }), attach(host, { yes: true })]);
  expect(await jobs(host.sql)).toHaveLength(3);
});

test("offline drafts are free, and a model nobody lists has an unknown price", async ({ host }) => {
  expect(await attach(host, {}, { llm: { ...deepseek, provider: "offline" } })).toMatch(
    /estimated cost: free/,
  );
  await host.sql`update public.runtime_settings set value = 'mystery-1' where key = 'llm_model'`;
  expect(await attach(host)).toMatch(/estimated cost: unknown \(no price of mystery-1/);
  await host.sql`insert into public.runtime_settings (key, value) values ('llm_prices', '{"mystery-1": {"input": 10, "output": 20}}')`;
  expect(await attach(host)).toMatch(/estimated cost: about \$0\.0[2-4]/);
});

test("what a Ctrl-C leaves, the sweep finds", async ({ host }) => {
  const { sql } = host;
  await sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text, occurred_at)
    select 1, 'wildberries', 'question', n, 'Вопрос', now() - interval '1 hour' from generate_series(1, 2500) n`;
  await attach(host);
  const items = await readBacklog(sql, true);
  expect(items).toHaveLength(2503);
  const stopping = new AbortController();
  await releaseBacklog(sql);
  expect(
    await enqueueBacklog(sql, items, { stopping: stopping.signal, onProgress: () => stopping.abort() }),
  ).toBe(1_000);
  expect(await sql`select from predraft.unserved(true)`).toHaveLength(1_503);
});

test("one attach at a time: the second says that it waits, and goes on when the first is done", async ({
  host,
}) => {
  const first = host.connect();
  await first`select pg_advisory_lock(${locks.attach})`;
  const { out, text } = keptOutput();
  const second = attach(host, {}, { out });
  await until(() => text().includes("another attach or detach is at work"), { what: "the second waits" });
  expect(await host.sql`select to_regnamespace('predraft') as there`).toEqual([{ there: null }]);
  await first`select pg_advisory_unlock(${locks.attach})`;
  await second;
  expect(await host.sql`select from predraft.host`).toHaveLength(1);
});

for (const creates of [true, false]) {
  test(`a role that is no superuser and ${creates ? "may" : "may not"} create roles attaches and detaches`, async ({
    host,
  }) => {
    const name = `owner_${randomUUID().replaceAll("-", "")}`;
    await host.sql.unsafe(`create role ${name} login password 'x' ${creates ? "createrole" : ""}`);
    try {
      await host.sql.unsafe(`
        do $$ declare t text; begin
          for t in select format('alter table %s owner to ${name}', c.oid::regclass) from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' loop execute t; end loop;
          execute format('grant create on database %I to ${name}', current_database());
        end $$`);
      const url = new URL(host.url);
      url.username = name;
      url.password = "x";
      const own = { url: url.href };
      expect(await attach(own, { yes: true })).toMatch(/3 jobs added/);
      expect(await attach(own, { yes: true })).toMatch(/nothing wants a draft/);
      await detach(own, { dropDrafts: true });
      expect(
        await host.sql`select from pg_namespace where nspname in ('predraft', 'graphile_worker')`,
      ).toHaveLength(0);
      expect(await host.sql`select from pg_trigger where tgname like '%predraft%'`).toHaveLength(0);
    } finally {
      await host.sql.unsafe(
        `reassign owned by ${name} to postgres; drop owned by ${name}; drop role ${name}`,
      );
    }
  });
}
