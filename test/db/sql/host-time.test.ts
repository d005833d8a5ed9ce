import type postgres from "postgres";
import { expect } from "vitest";
import type { TestDatabase } from "../../helpers/database.ts";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs, misses, takeJobs } from "../../helpers/jobs.ts";
import { addInteraction, addInteractions, addSeller, interaction, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { until } from "../../helpers/until.ts";

const drain = (sql: postgres.Sql) => sql`select predraft.drain_misses()`;

/** A host's session with a `statement_timeout`. */
async function hurried(db: TestDatabase, timeout: string): Promise<postgres.Sql> {
  const host = db.connect();
  await host`select set_config('statement_timeout', ${timeout}, false)`;
  return host;
}

/** From now on adding jobs takes as long as nobody waits. */
const slowQueue = (sql: postgres.Sql) =>
  sql.unsafe(`
    alter function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean) rename to add_jobs_intact;
    create function graphile_worker.add_jobs(specs graphile_worker.job_spec[], job_key_preserve_run_at boolean default false)
    returns setof graphile_worker._private_jobs language plpgsql as $$
    begin perform pg_sleep(600); return query select * from graphile_worker.add_jobs_intact(specs, job_key_preserve_run_at); end $$`);

const mendQueue = (sql: postgres.Sql) =>
  sql.unsafe(`
    drop function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean);
    alter function graphile_worker.add_jobs_intact(graphile_worker.job_spec[], boolean) rename to add_jobs`);

onEachHost("no regex of the rules is built inside a host's statement", async ({ sql, document }) => {
  const none = document === "metadata" ? "P1" : null; // that host's column is not null
  const id = await addInteraction(sql, { priority: none });
  await sql.unsafe(`
    create or replace function predraft.cue_words(code text) returns text language plpgsql immutable as $$
    begin raise exception 'the rules were read'; end $$`);
  const more = await addInteractions(sql, 20, () => ({ priority: none }));
  await sql`update public.interactions set text = 'Ожог' where id = ${id}`;
  expect((await jobs(sql)).map((job) => job.interaction).toSorted()).toEqual([id, id, ...more].toSorted());
  expect((await misses(sql)).filter((miss) => !miss.reason.startsWith("unjudged"))).toEqual([]);
});

test("a row comes in by its stars or as normal, and by its words as soon as the worker has read them", async ({
  db,
}) => {
  const { sql } = db;
  const rows: [fields: Record<string, unknown>, first: number, raised: number | undefined][] = [
    [{ channel: "review", rating: 1, text: "Ужас" }, 10, undefined],
    [{ channel: "review", rating: 3, text: "Средне" }, 20, undefined],
    [{ channel: "review", rating: 5, text: "Отлично" }, 30, undefined],
    [{ channel: "review", rating: 5, text: "Ожог после крема" }, 30, 0],
    [{ channel: "review", text: "Пришёл бракованный" }, 20, 10],
    [{ channel: "question", text: "Какой размер взять?" }, 20, 10],
    [{ channel: "question", text: "Есть сертификат?" }, 20, 0],
    [{ channel: "question", text: "Есть сертификат?", priority: "low" }, 30, undefined],
    [{ channel: "chat", text: "Добрый день" }, 20, undefined],
    [{ channel: "chat", text: "Спасибо" }, 20, undefined],
  ];
  const ids = await addInteractions(
    sql,
    rows.length,
    (n) => ({ priority: null, rating: null, ...rows[n]?.[0] }) as never,
  );
  const ranks = async () => {
    const found = await jobs(sql);
    return ids.map((id) => found.filter((job) => job.interaction === id).map((job) => job.priority));
  };
  expect(await ranks()).toEqual(rows.map(([, first]) => [first]));
  await drain(sql);
  expect(await ranks()).toEqual(rows.map(([, first, raised]) => [raised ?? first]));
  expect(await misses(sql)).toEqual([]);
});

test("where the rules may raise the host's priority, they do so behind the statement", async ({ db }) => {
  await db.sql`insert into public.runtime_settings (key, value) values ('ai_draft_priority_source', 'higher_of_both')`;
  await addInteractions(db.sql, 3, (n) => ({
    priority: ["low", "high", "urgent"][n] as string,
    text: n === 1 ? "Добрый день" : "Это подделка",
  }));
  await drain(db.sql);
  const ranks = (await jobs(db.sql)).map((job) => [Number(job.key.split(":")[2]), job.priority]);
  expect(Object.fromEntries(ranks)).toEqual({ 1: 0, 2: 10, 3: 0 });
});

test("a job that runs already, has failed or is done when its words are read stays as it is", async ({
  db,
}) => {
  await addInteractions(db.sql, 4, () => ({ priority: null, text: "Это подделка" }));
  const [running, failed, done, waiting] = await jobs(db.sql);
  await db.sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = ${running?.id ?? ""}`;
  await db.sql`update graphile_worker._private_jobs set attempts = 1 where id = ${failed?.id ?? ""}`;
  await db.sql`select graphile_worker.complete_jobs(array[${done?.id ?? ""}::bigint])`;
  await drain(db.sql);
  const ranks = (await jobs(db.sql)).map((job) => [job.interaction, job.priority]);
  expect(Object.fromEntries(ranks)).toEqual({
    [running?.interaction ?? ""]: 20,
    [failed?.interaction ?? ""]: 20,
    [waiting?.interaction ?? ""]: 0,
  });
});

onEachHost(
  "a host's time-out that ends inside our triggers is not the host's failure, and nothing is lost",
  async ({ db, sql }) => {
    const gone = await addInteraction(sql);
    const changed = await addInteraction(sql);
    await takeJobs(sql);
    const host = await hurried(db, "400ms");
    await slowQueue(sql);
    const [added] = await host`insert into public.interactions ${host(interaction())} returning id`;
    await host`update public.interactions set text = 'Иначе' where id = ${changed}`;
    await host`delete from public.interactions where id = ${gone}`;
    await mendQueue(sql);
    await drain(sql);
    expect((await takeJobs(sql)).toSorted()).toEqual([String(added?.["id"]), changed].toSorted());
    expect(await misses(sql)).toEqual([]);
  },
);

test("a host that cancels its statement while it is in our trigger has it cancelled", async ({ db }) => {
  await addSeller(db.sql);
  const host = await hurried(db, "300s");
  const [session] = await host`select pg_backend_pid() as pid`;
  await slowQueue(db.sql);
  const insert = host`insert into public.interactions ${host(interaction())}`.then(
    () => "stored",
    (error) => error.code,
  );
  await until(
    async () =>
      (await db.sql`select from pg_stat_activity where pid = ${session?.["pid"]} and wait_event = 'PgSleep'`)
        .length > 0,
    { what: "the statement is in our trigger" },
  );
  await db.sql`select pg_cancel_backend(${session?.["pid"]})`;
  expect(await insert).toBe("57014");
});

test("a host with little time left has nothing enqueued in its statement, only noted", async ({ db }) => {
  const changed = await addInteraction(db.sql);
  await takeJobs(db.sql);
  await slowQueue(db.sql); // whoever enqueues here runs into the time-out
  const host = await hurried(db, "150ms");
  const [row] = await host`insert into public.interactions ${host(interaction())} returning id`;
  await host`update public.interactions set text = 'Иначе' where id = ${changed}`;
  const added = String(row?.["id"]);
  expect(await misses(db.sql)).toEqual([
    { interaction: added, reason: "left" },
    { interaction: changed, reason: "left" },
  ]);
  expect((await show(db.sql, added)).state).toBe("queued");
  await mendQueue(db.sql);
  await drain(db.sql);
  expect((await takeJobs(db.sql)).toSorted()).toEqual([added, changed].toSorted());
});

test("hosts that write in serializable transactions get no conflict of ours, and nothing is lost", async ({
  db,
}) => {
  const ids = await addInteractions(db.sql, 2_000, () => ({ status: "responded" }));
  await db.sql`analyze public.interactions`;
  const writers = Array.from({ length: 8 }, () => db.connect());
  let conflicts = 0;
  const write = async (host: postgres.Sql, nth: number) => {
    for (let turn = 0; turn < 25; turn += 1) {
      const read = ids[nth * 100 + turn] as string; // far from where new rows go
      await host
        .begin("isolation level serializable", async (tx) => {
          await tx`select text from public.interactions where id = ${read}`;
          await tx`insert into public.interactions ${tx(interaction({ priority: turn % 2 ? "high" : null }))}`;
        })
        .catch((error) => {
          if (error.code !== "40001") throw error;
          conflicts += 1;
        });
    }
  };
  await Promise.all(writers.map(write));
  // Without our triggers some of these conflict as well, over pages of the host's own indexes: 0 to 2 %.
  expect(conflicts).toBeLessThanOrEqual(8);
  await drain(db.sql);
  expect(await takeJobs(db.sql)).toHaveLength(200 - conflicts);
});
