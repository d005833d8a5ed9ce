import { describe, expect, test } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { mappingOf, withForeignHost } from "../../helpers/foreign-host.ts";
import { takeJobs } from "../../helpers/jobs.ts";
import { type Client, projectDraft, show } from "../../helpers/rows.ts";
import { oddHosts } from "../sql/odd-hosts.ts";

/** Saves a draft for the content as it is. The seller is read, for not every host has the same ids. */
async function save(sql: Client, id: string): Promise<string> {
  const [row] = await sql`
    select predraft.record_draft(jsonb_build_object('interaction_id', i.id, 'seller_id', i.seller_id, 'content_hash', i.content_hash,
      'text', 'Хлопок.', 'source', 'llm', 'trigger', 'pregenerate', 'outcome', 'unprojected')) as id
    from predraft.interactions i where i.id = ${id}`;
  return await projectDraft(sql, String(row?.["id"]));
}

describe.each(oddHosts)("on a host with $name", (odd) => {
  test("a row is enqueued, drafted, kept through rewrites, invalidated and forgotten", async () => {
    await withForeignHost(odd.ddl, async ({ url, sql }) => {
      await migrate({ url, host: odd.mapping });
      const [inserted] = await sql.unsafe(odd.insert);
      const id = String(inserted?.["id"]);
      expect(await takeJobs(sql)).toEqual([id]);

      expect(await save(sql, id)).toBe("saved");
      await sql.unsafe(odd.rewrite, [id]);
      await sql.unsafe(odd.rewrite, [id]);
      expect(await show(sql, id)).toMatchObject({ state: "ready", draft: { text: "Хлопок." } });
      expect((await show(sql, id)).document).toHaveProperty("link_updated_at");
      expect(await takeJobs(sql)).toEqual([]);

      await sql.unsafe(odd.change, [id]);
      expect((await show(sql, id)).draft).toBeNull();
      expect(await takeJobs(sql)).toEqual([id]);
      const [context] = await sql`select predraft.draft_context(${id}, 'offline', 'pregenerate') as context`;
      expect(context?.["context"].interaction).toMatchObject({ id, text: "Другой вопрос" });

      await sql`select predraft.drain_misses()`; // the words of both contents are read
      await sql.unsafe(odd.remove, [id]);
      expect(await sql`select from predraft.drafts`).toHaveLength(0);
      expect(await sql`select predraft.drain_misses() as handled`).toEqual([{ handled: 1 }]);
    });
  });

  test("what waits is seen in the queue, parked, swept and requested; migrating again locks nothing", async () => {
    await withForeignHost(odd.ddl, async ({ url, sql }) => {
      await migrate({ url, host: odd.mapping });
      const [inserted] = await sql.unsafe(odd.insert);
      const id = String(inserted?.["id"]);
      expect(await sql`select interaction_id::text as id from predraft.queue`).toEqual([{ id }]);
      expect((await show(sql, id)).state).toBe("queued");
      await takeJobs(sql);
      expect(await sql`select interaction_id::text as id from predraft.unserved(true)`).toEqual([{ id }]);
      await sql`select predraft.park_draft(${id}, now() + interval '1 hour', 3, '{}')`;
      expect((await show(sql, id)).state).toBe("waiting");
      await sql`select predraft.request_draft(${id}, true)`;
      await sql`select predraft.enqueue_ids(${[id]})`;
      expect(await takeJobs(sql)).toEqual([id, id, id]);
      await sql.begin(async (tx) => {
        await tx.unsafe(odd.rewrite, [id]);
        await migrate({ url, host: odd.mapping, lockPatienceMs: 0 });
      });
    });
  });
});

test("a time without zone counts as UTC in every session: the hash stays", async () => {
  const odd = oddHosts.find((host) => host.name.includes("times without zone"));
  if (odd === undefined) throw new Error("that host is gone");
  await withForeignHost(odd.ddl, async ({ url, sql }) => {
    await migrate({ url, host: odd.mapping });
    const [inserted] = await sql.unsafe(odd.insert);
    const id = String(inserted?.["id"]);
    await save(sql, id);
    const read = async (zone: string) =>
      await sql.begin(async (tx) => {
        await tx`select set_config('TimeZone', ${zone}, true)`;
        await tx.unsafe(odd.rewrite, [id]);
        const [row] = await tx`
          select content_hash, extract(epoch from occurred_at)::int % 3600 as past, rating, nm_id from predraft.interactions where id = ${id}`;
        return { ...row, state: (await show(tx, id)).state };
      });
    const here = await read("UTC");
    expect(here).toMatchObject({ rating: null, nm_id: null, state: "ready" });
    expect(here).toHaveProperty("past", 0);
    expect(await read("Asia/Kathmandu")).toEqual(here);
  });
});

test("a write straight to a partition invalidates, and what it leaves wanting is the sweep's; later partitions are covered", async () => {
  const odd = oddHosts.find((host) => host.name === "a partitioned table");
  if (odd === undefined) throw new Error("that host is gone");
  await withForeignHost(odd.ddl, async ({ url, sql }) => {
    await migrate({ url, host: odd.mapping });
    await sql`create table public.interactions_ym partition of public.interactions for values in ('yandex')`;
    const [inserted] = await sql`
      insert into public.interactions (seller_id, marketplace, channel, text) values (1, 'yandex', 'question', 'Из чего?') returning id`;
    const id = String(inserted?.["id"]);
    expect(await takeJobs(sql)).toEqual([id]);
    await save(sql, id);
    await sql`update public.interactions_ym set text = 'Иначе' where id = ${id}`;
    expect((await show(sql, id)).draft).toBeNull();
    expect(await takeJobs(sql)).toEqual([]);
    expect(await sql`select interaction_id as id from predraft.unserved(true)`).toEqual([{ id }]);
  });
});

test("a trigger of the host's that changes content after ours is seen: its change is enqueued", async () => {
  const odd = oddHosts.find((host) => host.name.startsWith("a BEFORE trigger"));
  if (odd === undefined) throw new Error("that host is gone");
  await withForeignHost(odd.ddl, async ({ url, sql }) => {
    await migrate({ url, host: odd.mapping });
    const [inserted] = await sql.unsafe(odd.insert);
    const id = String(inserted?.["id"]);
    await save(sql, id);
    await takeJobs(sql);
    await sql.unsafe(
      "create or replace function public.tidy() returns trigger language plpgsql as $$ begin new.text := 'Иначе'; return new; end $$",
    );
    await sql.unsafe(odd.rewrite, [id]);
    expect((await show(sql, id)).state).not.toBe("ready");
    expect(await takeJobs(sql)).toEqual([id]);
  });
});

test("rows kept under one kind of key refuse a host with the other, and nothing is changed", async () => {
  const [uuids] = oddHosts;
  if (uuids === undefined) throw new Error("no hosts");
  await withForeignHost(uuids.ddl, async ({ url, sql }) => {
    await migrate({ url, host: uuids.mapping });
    const [inserted] = await sql.unsafe(uuids.insert);
    await save(sql, String(inserted?.["id"]));
    await sql`create table public.other (like public.interactions including defaults)`;
    await sql`alter table public.other drop column id, drop column seller_id, add column id bigint, add column seller_id bigint`;
    const other = mappingOf({ table: { schema: "public", name: "other" } });
    await expect(migrate({ url, host: other })).rejects.toMatchObject({ code: "keys_differ" });
    expect((await show(sql, String(inserted?.["id"]))).state).toBe("ready");
    await sql`delete from predraft.drafts`;
    await sql`delete from predraft.enqueue_misses`;
    await sql`delete from predraft.job_owners`;
    await migrate({ url, host: other });
    await sql`insert into public.other (id, seller_id, channel, text) values (5, 1, 'question', 'Из чего?')`;
    expect(await takeJobs(sql)).toContain("5");
  });
});

test("a host without settings gets a table for ours, which acts at once", async () => {
  const [odd] = oddHosts;
  if (odd === undefined) throw new Error("no hosts");
  await withForeignHost(odd.ddl, async ({ url, sql }) => {
    await migrate({ url, host: odd.mapping });
    await sql`insert into predraft.runtime_settings (key, value) values ('ai_draft_pregenerate_enabled', 'false')`;
    await sql.unsafe(odd.insert);
    expect(await takeJobs(sql)).toEqual([]);
    await migrate({ url });
    expect(await sql`select predraft.setting('ai_draft_pregenerate_enabled') as on`).toEqual([
      { on: "false" },
    ]);
  });
});
