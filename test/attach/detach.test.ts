import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { runMigrations } from "graphile-worker";
import type postgres from "postgres";
import { describe, expect } from "vitest";
import { locks } from "../../db/locks.ts";
import { catalogue } from "../helpers/catalogue.ts";
import { keptOutput } from "../helpers/kept-output.ts";
import { saveDraft } from "../helpers/rows.ts";
import { until } from "../helpers/until.ts";
import { attach, detach, issueOptions, test } from "./fixtures.ts";

const pgDump = "/usr/lib/postgresql/15/bin/pg_dump";
const canDump = process.env["PREDRAFT_TEST_POSTGRES"] === "15" && existsSync(pgDump);
const dump = (url: string): string =>
  execFileSync(pgDump, ["--schema-only", url], { encoding: "utf8" }).replaceAll(/^\\(un)?restrict .*$/gm, "");

const settings = (sql: postgres.Sql) => sql`select key, value from public.runtime_settings order by key`;
const documents = (sql: postgres.Sql) =>
  sql`select external_id, metadata from public.interactions order by external_id`;

describe("detach", () => {
  test("leaves the catalogue as it was, and the host's rows", async ({ host }) => {
    const before = {
      catalogue: await catalogue(host.sql),
      settings: await settings(host.sql),
      documents: await documents(host.sql),
    };
    await attach(host, { yes: true, host: { ...issueOptions, watchMessages: true } });
    await host.sql`insert into public.runtime_settings (key, value) values ('ai_draft_daily_limit', '7')`;
    await host.sql`update public.runtime_settings set value = 'deepseek-flash' where key = 'llm_model'`;
    const printed = await detach(host, { dropDrafts: true });
    expect(printed).toMatch(/settings that came after it: ai_draft_daily_limit/);
    expect(await catalogue(host.sql)).toEqual(before.catalogue);
    await host.sql`update public.runtime_settings set value = 'deepseek-chat' where key = 'llm_model'`;
    expect(await settings(host.sql)).toEqual(before.settings);
    const after = await documents(host.sql);
    expect(after.filter((row) => row["external_id"] !== "r-2" && row["external_id"] !== "q-3")).toEqual(
      before.documents.filter((row) => row["external_id"] !== "r-2" && row["external_id"] !== "q-3"),
    );
    expect(after.find((row) => row["external_id"] === "r-2")?.["metadata"]).toEqual({
      user_name: "Олег",
      last_ai_draft: { text: "Здравствуйте, Олег!", intent: "defect_not_working", sla_priority: "normal" },
    });
    expect(await detach(host)).toMatch(/nothing to do/);
  });

  test.runIf(canDump)("leaves a dump of the schema as it was", async ({ host }) => {
    const before = dump(host.url);
    await attach(host, { yes: true });
    expect(dump(host.url)).not.toBe(before);
    await detach(host);
    expect(dump(host.url)).toBe(before);
  });

  test("with --drop-drafts takes out what predraft wrote and no other key; without, nothing", async ({
    host,
  }) => {
    await attach(host, { yes: true });
    const [row] = await host.sql`select id::text from public.interactions where external_id = 'q-1'`;
    await saveDraft(host.sql, row?.["id"]);
    const written = await documents(host.sql);
    await detach(host);
    expect(await documents(host.sql)).toEqual(written);
    await attach(host);
    await detach(host, { dropDrafts: true });
    expect((await documents(host.sql)).find((r) => r["external_id"] === "q-1")?.["metadata"]).toEqual({
      user_name: "Анна",
      own: [1],
    });
  });

  test("leaves a queue that was there before, without predraft's jobs and with the others", async ({
    host,
  }) => {
    await runMigrations({ connectionString: host.url });
    await host.sql`select graphile_worker.add_job('send_mail')`;
    await attach(host, { yes: true });
    expect(await detach(host)).toMatch(/graphile_worker stays: graphile_worker was here before predraft/);
    expect(await host.sql`select task_identifier from graphile_worker.jobs`).toEqual([
      { task_identifier: "send_mail" },
    ]);
  });

  test("leaves a queue that predraft made where another task has come to use it", async ({ host }) => {
    await attach(host);
    await host.sql`select graphile_worker.add_job('send_mail')`;
    expect(await detach(host)).toMatch(/graphile_worker stays: other tasks use it: send_mail/);
    expect(await host.sql`select task_identifier from graphile_worker.jobs`).toEqual([
      { task_identifier: "send_mail" },
    ]);
  });

  test("refuses while a worker is alive, unless forced", async ({ host }) => {
    await attach(host);
    const worker = host.connect();
    const [row] = await worker`select predraft.register_worker('here', 42, '0.0.0') as id`;
    await worker`select pg_advisory_lock(${locks.liveness}, ${row?.["id"]}::int)`;
    await expect(detach(host)).rejects.toMatchObject({
      code: "detach_workers_alive",
      message: expect.stringContaining("here (pid 42)"),
    });
    expect(await detach(host, { force: true })).toMatch(/the schema predraft is removed/);
  });

  test("refuses where an object of the host's builds on predraft, unless forced", async ({ host }) => {
    await attach(host);
    await host.sql`create view public.waiting as select id from predraft.interactions`;
    await expect(detach(host)).rejects.toMatchObject({
      code: "detach_dependants",
      message: expect.stringContaining("public.waiting"),
    });
    await detach(host, { force: true });
    expect(await host.sql`select from pg_views where viewname = 'waiting'`).toHaveLength(0);
  });

  test("changes nothing where nobody agrees", async ({ host }) => {
    await attach(host);
    await expect(detach(host, { yes: false })).rejects.toMatchObject({ code: "detach_unconfirmed" });
    expect(await host.sql`select from predraft.host`).toHaveLength(1);
  });

  /** Holds a row of the host's in a transaction until `end`. */
  async function hold(other: postgres.Sql): Promise<() => Promise<void>> {
    const held = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const transaction = other.begin(async (tx) => {
      await tx`update public.interactions set subject = 'x' where external_id = 'q-1'`;
      held.resolve();
      await go.promise;
    });
    await held.promise;
    return async () => {
      go.resolve();
      await transaction;
    };
  }

  test("waits for a host's long transaction in short tries, which other writers get past", async ({
    host,
  }) => {
    await attach(host);
    const end = await hold(host.connect());
    const { out, text } = keptOutput();
    const detaching = detach(host, {}, { out });
    await until(async () => text().includes("trying again"), { what: "detach waits" });
    await host.sql`update public.interactions set subject = 'y' where external_id = 'q-3'`;
    await end();
    await detaching;
    expect(await host.sql`select from pg_namespace where nspname = 'predraft'`).toHaveLength(0);
  });

  test("gives up in the end, with all as it was", async ({ host }) => {
    await attach(host);
    const end = await hold(host.connect());
    await expect(detach(host, {}, { patienceMs: 1 })).rejects.toMatchObject({ code: "detach_locked" });
    await end();
    expect(await host.sql`select from pg_trigger where tgname like '%predraft%'`).toHaveLength(6);
  });
});

test("more drafts than one statement takes are adopted in several", async ({ host }) => {
  const { sql } = host;
  await sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text, occurred_at, metadata)
    select 1, 'wildberries', 'question', n, 'Вопрос', now(), json_build_object('n', n, 'last_ai_draft', json_build_object('text', 'Ответ ' || n))
    from generate_series(1, 450) n`;
  expect(await attach(host)).toMatch(/452 drafts that were there/);
  const [row] =
    await sql`select count(*)::int as n from predraft.interactions where draft_state = 'ready' and extra_data ->> 'n' is not null`;
  expect(row?.["n"]).toBe(450);
});
