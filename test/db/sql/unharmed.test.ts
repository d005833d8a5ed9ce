import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { breakQueue, jobs, mendQueue, misses, takeJobs } from "../../helpers/jobs.ts";
import { addInteraction, addInteractions, saveDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const drain = async (sql: { unsafe(query: string): PromiseLike<unknown> }) =>
  sql.unsafe("select predraft.drain_misses()");

onEachHost(
  "where the queue refuses jobs, ingest succeeds, and the jobs are added once it takes them again",
  async ({ sql }) => {
    await breakQueue(sql);
    const ids = await addInteractions(sql, 3);
    expect(await misses(sql)).toEqual(ids.map((interaction) => ({ interaction, reason: "enqueue P0001" })));
    await sql`update public.interactions set text = 'Иначе' where id = ${ids[0] ?? ""}`;
    expect((await show(sql, ids[0] ?? "")).state).toBe("none");
    await mendQueue(sql);
    await drain(sql);
    expect((await takeJobs(sql)).toSorted()).toEqual(ids.toSorted());
    expect(await misses(sql)).toEqual([]);
  },
);

test("a drain that fails loses no record of what is to do", async ({ db }) => {
  await breakQueue(db.sql);
  const id = await addInteraction(db.sql);
  await expect(drain(db.sql)).rejects.toThrow("the queue is broken");
  expect(await misses(db.sql)).toHaveLength(1);
  await mendQueue(db.sql);
  await drain(db.sql);
  expect(await takeJobs(db.sql)).toEqual([id]);
});

onEachHost("where nothing can even be recorded, ingest succeeds", async ({ sql }) => {
  await breakQueue(sql);
  await sql`alter table predraft.enqueue_misses rename to gone`;
  const id = await addInteraction(sql);
  await sql`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect((await show(sql, id)).state).toBe("none");
  await sql`delete from public.interactions where id = ${id}`;
  expect(await sql`select from public.interactions`).toHaveLength(0);
});

onEachHost(
  "where the history can't be written, a host's draft is stored as it came and rows can be deleted",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    await sql`alter table predraft.drafts rename to gone`;
    const document = { theirs: 1, last_ai_draft: { text: "Ответ хозяина" } };
    await rewrite(id, JSON.stringify(document));
    const row = await show(sql, id);
    expect(row.document).toEqual(document);
    expect(row.state).not.toBe("ready");
    await sql`delete from public.interactions where id = ${id}`;
    expect(await misses(sql)).toContainEqual({ interaction: id, reason: "deleted" });
  },
);

onEachHost(
  "where settings can't be read, ingest succeeds and what was missed is recorded",
  async ({ sql }) => {
    await sql`alter table predraft.settings rename to gone`;
    const ids = await addInteractions(sql, 2);
    await sql`update public.interactions set text = 'Иначе'`;
    await sql`insert into public.runtime_settings (key, value) values ('llm_enabled', 'false')`;
    await sql`alter table predraft.gone rename to settings`;
    await drain(sql);
    expect((await takeJobs(sql)).toSorted()).toEqual(ids.toSorted());
  },
);

test("where the thread can't be derived, the message is stored and the thread recorded", async ({ db }) => {
  const id = await addInteraction(db.sql, { channel: "chat" });
  await db.sql`alter table public.interactions add constraint test_no_thread check (last_message_text is null) not valid`;
  await db.sql`insert into public.messages (interaction_id, external_id, direction, text) values (${id}, 'm', 'in', 'Ау')`;
  expect(await db.sql`select from public.messages`).toHaveLength(1);
  expect(await misses(db.sql)).toEqual([{ interaction: id, reason: "thread 23514" }]);
});

test.for(["repeatable read", "serializable"])(
  "a host's %s transaction is served as any other",
  async (level, { db }) => {
    const [first, second] = (await addInteractions(db.sql, 2)) as [string, string];
    await saveDraft(db.sql, first);
    await takeJobs(db.sql);
    const host = db.connect();
    await host.begin(`isolation level ${level}`, async (tx) => {
      await tx`select count(*) from public.interactions`;
      // Meanwhile others commit: a setting, and an outcome of the very history that the host's delete takes along.
      await db.sql`insert into public.runtime_settings (key, value) values ('ai_draft_batch_size', '7')`;
      await db.sql`update predraft.drafts set outcome = 'superseded'`;
      await tx`update public.interactions set text = 'Иначе' where id = ${second}`;
      await addInteraction(tx);
      await tx`delete from public.interactions where id = ${first}`;
    });
    if (level === "serializable") await drain(db.sql); // it only leaves word of what is to do
    expect(await takeJobs(db.sql)).toHaveLength(2);
    await drain(db.sql);
    expect(await db.sql`select from predraft.drafts where interaction_id = ${first}`).toHaveLength(0);
  },
);

test("a host's session with settings of its own is served as any other", async ({ db }) => {
  const host = db.connect();
  await host.unsafe(`
    set statement_timeout = '2s'; set lock_timeout = '1s'; set idle_in_transaction_session_timeout = '5s';
    set search_path = pg_temp; set TimeZone = 'Asia/Kathmandu'; set DateStyle = 'SQL, DMY'; set check_function_bodies = off;
    set standard_conforming_strings = on; set extra_float_digits = -3; set row_security = off; set jit = off`);
  const id = await addInteraction(host);
  await host`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect(await jobs(db.sql)).toHaveLength(2);
  expect(await misses(db.sql)).toEqual([]);
});

test("a host's own tables in its search path don't stand in for ours or the catalog's", async ({ db }) => {
  await db.sql.unsafe(`
    create schema evil; create table evil.pg_trigger (x int);
    create function evil.now() returns timestamptz language sql as $$ select 1 / 0; select null::timestamptz $$;
    create function evil.coalesce_(text) returns text language sql as $$ select 'x' $$;
    create function evil.sha256(bytea) returns bytea language sql as $$ select '\\x00'::bytea $$`);
  const before = await show(db.sql, await addInteraction(db.sql));
  const host = db.connect();
  await host`set search_path = evil, pg_catalog, public`;
  const id = await addInteraction(host);
  expect((await show(host, id)).hash).toBe(before.hash);
  expect(await misses(db.sql)).toEqual([]);
});

test("a host's own settings are the same after our triggers, whether these succeed or not", async ({
  db,
}) => {
  const id = await addInteraction(db.sql);
  const host = db.connect();
  await host.begin(async (tx) => {
    await tx`set local enable_nestloop = on`;
    await tx`set local lock_timeout = '7s'`;
    const settings = () =>
      tx`select name, setting from pg_settings
        where name in ('enable_nestloop', 'jit', 'lock_timeout', 'search_path', 'synchronous_commit') order by 1`;
    const before = await settings();
    const write = async () => {
      await tx`update public.interactions set text = text || '!' where id = ${id}`;
      await tx`insert into public.messages (interaction_id, external_id, direction) values (${id}, ${crypto.randomUUID()}, 'in')`;
      await addInteraction(tx);
    };
    await write();
    expect(await settings()).toEqual(before);
    await breakQueue(tx);
    await write();
    expect(await misses(tx)).not.toEqual([]);
    expect(await settings()).toEqual(before);
  });
});
