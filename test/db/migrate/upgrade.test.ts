import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import postgres from "postgres";
import { expect, inject } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { schemaVersion } from "../../../db/schema-version.ts";
import { startWorker } from "../../../src/worker/worker.ts";
import { jobs } from "../../helpers/jobs.ts";
import { test, workerConfig } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

/** A database as the first release of predraft left it (fixtures/make-schema-1.ts). */
async function withFirstRelease(work: (url: string, sql: postgres.Sql) => Promise<void>): Promise<void> {
  const url = inject("postgresUrl");
  const admin = postgres(url, { max: 1, onnotice: () => undefined });
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name} template template0`);
  const own = url.replace(/\/postgres$/, `/${name}`);
  const load = postgres(own, { max: 1, onnotice: () => undefined }); // the dump changes its session's settings
  await load.unsafe(await readFile(new URL("fixtures/schema-1.sql", import.meta.url), "utf8"));
  await load.end();
  const sql = postgres(own, { onnotice: () => undefined });
  try {
    await work(own, sql);
  } finally {
    await sql.end();
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
  }
}

const states = (sql: postgres.Sql) =>
  sql`select external_id, content_hash, extra_data -> 'last_ai_draft' as draft from predraft.interactions order by id`;
const history = (sql: postgres.Sql) => sql`
  select id::text, interaction_id::text, seller_id::text, content_hash, text, source, outcome from predraft.drafts order by id`;
const claims = (sql: postgres.Sql) =>
  sql`select interaction_id::text, content_hash, worker_id, seller_id::text, day, cycle from predraft.draft_claims`;
const usage = (sql: postgres.Sql) =>
  sql`select seller_id::text, win, calls from predraft.seller_usage order by 1, 2`;
const acting = (sql: postgres.Sql) => sql`select key, value, error from predraft.settings order by key`;

test("the first release's schema is brought up to date, and nothing in it is lost", async () => {
  await withFirstRelease(async (url, sql) => {
    const look = async () => ({
      states: await states(sql),
      history: await history(sql),
      claims: await claims(sql),
      usage: await usage(sql),
      acting: await acting(sql),
      jobs: await jobs(sql),
      misses: await sql`select interaction_id::text, reason from predraft.enqueue_misses`,
    });
    const before = await look();
    expect(before.jobs).toHaveLength(6);
    expect(before.history).toHaveLength(2);
    expect(await sql`select version from predraft.schema_version`).toEqual([{ version: 1 }]);

    await migrate({ url });

    expect(await look()).toEqual(before);
    expect(await sql`select version from predraft.schema_version`).toEqual([{ version: schemaVersion }]);
  });
});

test("the pipeline works on it: what waited is drafted, a dead worker's claim is freed, new rows follow", async ({
  model,
}) => {
  await withFirstRelease(async (url, sql) => {
    await migrate({ url });
    await sql`insert into public.runtime_settings (key, value) values ('ai_draft_max_age_days', '36500')`; // the dump ages
    const drafted = await states(sql);
    const log = pino({ level: "silent" });
    const worker = await startWorker({ config: workerConfig(model), url, directUrl: url, log });
    await sql`
      insert into public.interactions (seller_id, marketplace, channel, external_id, text, occurred_at)
      values (1, 'wildberries', 'question', 'q3', 'Есть ли размер 44?', now())`;
    const ready = async () =>
      (await sql`select from predraft.interactions where draft_state = 'ready'`).length === 6 &&
      (await jobs(sql)).length === 0;
    await until(ready, { what: "all six have a final draft and no job is left" });
    await worker.stop();
    expect((await states(sql)).slice(0, 2).map((row) => row["content_hash"])).toEqual(
      drafted.slice(0, 2).map((row) => row["content_hash"]),
    );
    expect(await claims(sql)).toHaveLength(0);
    expect(await sql`select from predraft.workers`).toHaveLength(0);
    expect(await sql`select from predraft.enqueue_misses`).toHaveLength(0);
  });
});
