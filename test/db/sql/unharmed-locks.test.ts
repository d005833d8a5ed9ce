import type postgres from "postgres";
import { expect } from "vitest";
import type { TestDatabase } from "../../helpers/database.ts";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs, misses } from "../../helpers/jobs.ts";
import { addInteractions, type Client, interaction, recordDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { until } from "../../helpers/until.ts";

/** Runs `work` while another session's open transaction has done `holding`. */
async function whileHeld(
  db: TestDatabase,
  holding: (holder: postgres.ReservedSql) => Promise<unknown>,
  work: () => Promise<void>,
): Promise<void> {
  const holder = await db.connect().reserve();
  try {
    await holder`begin`;
    await holding(holder);
    await work();
  } finally {
    await holder`rollback`;
    holder.release();
  }
}

/** A host's session that gives up rather than wait. */
async function impatient(db: TestDatabase): Promise<postgres.Sql> {
  const host = db.connect();
  await host`set lock_timeout = '300ms'`;
  await host`set deadlock_timeout = '10s'`;
  return host;
}

const claim = async (sql: Client, id: string) => sql`
  insert into predraft.draft_claims (interaction_id, content_hash, worker_id, seller_id, provider, paid)
  values (${id}, ${(await show(sql, id)).hash}, 1, 1, 'p', true)`;

const held: [string, (holder: postgres.ReservedSql) => Promise<unknown>][] = [
  ["rows of jobs", (h) => h`select from graphile_worker._private_jobs for update`],
  ["claims", (h) => h`select from predraft.draft_claims for update`],
  ["history", (h) => h`select from predraft.drafts for update`],
  ["rows of settings", (h) => h`select from predraft.settings for update`],
  ["the gate and usage", (h) => h`lock table predraft.gate, predraft.seller_usage in access exclusive mode`],
  ["recorded misses", (h) => h`select from predraft.enqueue_misses for update`],
  [
    "all that a worker may hold of its own",
    async (h) => {
      await h`select from graphile_worker._private_jobs for update`;
      await h`select from graphile_worker._private_tasks for share`;
      await h`update predraft.drafts set outcome = 'superseded'`;
      await h`update predraft.draft_claims set again = true`;
      await h`delete from predraft.enqueue_misses`;
    },
  ],
];

for (const [what, hold] of held) {
  onEachHost(
    `while a worker holds ${what}, a host updates, deletes and inserts without waiting`,
    async ({ db, sql, document }) => {
      const ids = await addInteractions(sql, 2, (n) => ({ external_id: `e${n}` }));
      const [changed, deleted] = ids as [string, string];
      for (const id of ids) {
        await recordDraft(sql, id);
        await claim(sql, id);
      }
      await sql`insert into public.runtime_settings (key, value) values ('ai_draft_batch_size', '7')`;
      await sql`select predraft.note_misses(${ids}::bigint[], 'enqueue')`;
      const before = (await jobs(sql)).length;
      const host = await impatient(db);
      await whileHeld(db, hold, async () => {
        await host`update public.interactions set text = 'Иначе' where id = ${changed}`;
        await host`update public.interactions set ${host(document)} = '{"last_ai_draft": {"text": "Свой"}}' where id = ${changed}`;
        await host`update public.interactions set ${host(document)} = '{"last_ai_draft": null}' where id = ${changed}`;
        await host`delete from public.interactions where id = ${deleted}`;
        await host`insert into public.interactions ${host(interaction({ id: deleted, external_id: "e1" }))}`;
      });
      expect(await jobs(sql)).toHaveLength(before + 3);
      expect((await misses(sql)).map((miss) => miss.reason)).toEqual(["enqueue", "enqueue", "deleted"]);
    },
  );
}

test("a transaction of a host's that changed a setting doesn't hold up another that changes another", async ({
  db,
}) => {
  const set = (sql: Client, key: string, value: string) => sql`
    insert into public.runtime_settings (key, value) values (${key}, ${value})
    on conflict (key) do update set value = excluded.value`;
  await set(db.sql, "ai_draft_batch_size", "1");
  await set(db.sql, "ai_draft_daily_limit", "1");
  await set(db.sql, "theme", "dark");
  const host = await impatient(db);
  await whileHeld(
    db,
    (holder) => set(holder, "ai_draft_batch_size", "2"),
    async () => {
      await set(host, "ai_draft_daily_limit", "2");
      await set(host, "theme", "light");
    },
  );
  const [row] =
    await db.sql`select predraft.setting('ai_draft_batch_size') as a, predraft.setting('ai_draft_daily_limit') as b`;
  expect(row).toEqual({ a: "1", b: "2" });
});

test("two transactions that change two settings at once both act", async ({ db }) => {
  await db.sql`insert into public.runtime_settings (key, value) values ('ai_draft_batch_size', '1'), ('ai_draft_daily_limit', '1')`;
  const [one, two] = [await db.connect().reserve(), await db.connect().reserve()];
  for (const sql of [one, two]) await sql`begin`;
  await one`update public.runtime_settings set value = '2' where key = 'ai_draft_batch_size'`;
  let done = false;
  const second = two`update public.runtime_settings set value = '2' where key = 'ai_draft_daily_limit'`.then(
    () => {
      done = true;
    },
  );
  const blocked = async () => (await db.sql`select from pg_locks where not granted`).length > 0;
  await until(async () => done || (await blocked()), { what: "the second update is done, or waits" });
  await one`commit`;
  await second;
  await two`commit`;
  for (const sql of [one, two]) sql.release();
  const [row] =
    await db.sql`select predraft.setting('ai_draft_batch_size') as a, predraft.setting('ai_draft_daily_limit') as b`;
  expect(row).toEqual({ a: "2", b: "2" });
});
