import { randomUUID } from "node:crypto";
import type postgres from "postgres";
import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs, misses } from "../../helpers/jobs.ts";
import { addSeller, interaction, saveDraft, show } from "../../helpers/rows.ts";

/** A role that owns nothing and may write the host's tables only; dropped with what it was granted. */
async function withIngestRole(
  sql: postgres.Sql,
  client: postgres.Sql,
  work: () => Promise<void>,
): Promise<void> {
  const role = `ingest_${randomUUID().replaceAll("-", "")}`;
  await sql.unsafe(`
    create role ${role};
    grant usage on schema public to ${role};
    grant select, insert, update, delete on all tables in schema public to ${role};
    grant usage on all sequences in schema public to ${role}`);
  try {
    await client.unsafe(`set role ${role}`);
    await work();
  } finally {
    await client.unsafe("reset role");
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  }
}

onEachHost(
  "a role without any right on predraft or the queue can insert, update and delete",
  async ({ db, sql, document }) => {
    await addSeller(sql);
    const ingest = db.connect();
    await withIngestRole(sql, ingest, async () => {
      const [row] = await ingest`insert into public.interactions ${ingest(interaction())} returning id`;
      const id = String(row?.["id"]);
      expect((await saveDraft(sql, id)).verdict).toBe("saved");
      await ingest`update public.interactions set text = 'Иначе' where id = ${id}`;
      expect((await show(sql, id)).draft).toBeNull();
      await ingest`update public.interactions set ${ingest(document)} = '{"last_ai_draft": {"text": "Свой"}}' where id = ${id}`;
      expect((await show(sql, id)).draft).toMatchObject({ source: "host" });
      await ingest`insert into public.runtime_settings (key, value) values ('ai_draft_batch_size', '7')`;
      expect(await jobs(sql)).toHaveLength(2);
      await ingest`delete from public.interactions where id = ${id}`;
      expect(await misses(sql)).toEqual([{ interaction: id, reason: "deleted" }]);
      expect(await sql`select from predraft.drafts`).toHaveLength(0);
    });
  },
);

onEachHost("it can call none of our functions and read none of our tables", async ({ db, sql }) => {
  const ingest = db.connect();
  await withIngestRole(sql, ingest, async () => {
    await expect(ingest`select from predraft.drafts`).rejects.toThrow("permission denied");
    await expect(ingest`select predraft.request_draft(1)`).rejects.toThrow("permission denied");
  });
});
