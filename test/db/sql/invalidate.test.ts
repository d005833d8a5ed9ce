import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import {
  addInteraction,
  type Client,
  projectDraft,
  recordDraft,
  saveDraft,
  show,
} from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const change = (sql: Client, id: string, text: string) =>
  sql`update public.interactions set text = ${text} where id = ${id}`;
const snapshot = async (sql: Client, id: string) => JSON.stringify((await show(sql, id)).document);

onEachHost("a change of content takes the draft out, and its other keys stay", async ({ sql, rewrite }) => {
  const id = await addInteraction(sql);
  await rewrite(id, '{"theirs": [1, {"a": null}]}');
  expect((await saveDraft(sql, id)).verdict).toBe("saved");
  expect((await show(sql, id)).state).toBe("ready");
  await change(sql, id, "А размер?");
  const after = await show(sql, id);
  expect(after.document).toEqual({ theirs: [1, { a: null }] });
  expect(after.state).not.toBe("ready");
});

test.for(["text", "rating", "channel", "last_message_text", "last_message_at"])(
  "a change of %s alone takes the draft out",
  async (column, { db }) => {
    const id = await addInteraction(db.sql, { rating: 4 });
    await saveDraft(db.sql, id);
    const values = {
      text: "Иначе",
      rating: 1,
      channel: "review",
      last_message_text: "Ау",
      last_message_at: new Date(0),
    };
    const value = values[column as keyof typeof values];
    await db.sql`update public.interactions set ${db.sql({ [column]: value })} where id = ${id}`;
    expect((await show(db.sql, id)).draft).toBeNull();
  },
);

onEachHost(
  "a rewrite of the whole document without the draft keeps the fresh one",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    const { draftId } = await saveDraft(sql, id);
    for (const document of [
      '{"theirs": 2}',
      "{}",
      null,
      "null",
      '{"last_ai_draft": {}, "theirs": 3}',
      '{"last_ai_draft": 7}',
    ]) {
      await rewrite(id, document);
      expect((await show(sql, id)).draft, String(document)).toMatchObject({ draft_id: Number(draftId) });
    }
  },
);

onEachHost(
  "a rewrite that comes with new content takes the draft out even where it carries it along",
  async ({ sql }) => {
    const id = await addInteraction(sql);
    await saveDraft(sql, id);
    await change(sql, id, "Другое"); // the document column stays as it is: the draft is still in NEW
    expect((await show(sql, id)).draft).toBeNull();
  },
);

onEachHost(
  "a snapshot taken before the content changed brings no old draft back",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    await saveDraft(sql, id);
    const old = await snapshot(sql, id);
    await change(sql, id, "Другое");
    await rewrite(id, old);
    expect((await show(sql, id)).draft).toBeNull();
    const { draftId } = await saveDraft(sql, id, { text: "Новый ответ" });
    await rewrite(id, old);
    expect((await show(sql, id)).draft).toMatchObject({ draft_id: Number(draftId), text: "Новый ответ" });
  },
);

onEachHost(
  "a snapshot with an older draft of the same content doesn't replace the newer one",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    await saveDraft(sql, id);
    const old = await snapshot(sql, id);
    const { draftId } = await saveDraft(sql, id, { text: "Новее", trigger: "force" });
    await rewrite(id, old);
    expect((await show(sql, id)).draft).toMatchObject({ draft_id: Number(draftId), text: "Новее" });
  },
);

onEachHost(
  "a final draft yields to no provisional one of its content, in whatever order they were made",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    const final = await recordDraft(sql, id, { text: "Готовый" });
    const provisional = {
      source: "fallback",
      fallback_reason: "waiting",
      text: "Мы ответим",
      provisional: true,
    };
    expect((await saveDraft(sql, id, provisional)).verdict).toBe("saved");
    const snapshotOfProvisional = await snapshot(sql, id);
    expect(await projectDraft(sql, final)).toBe("saved"); // older by its id, and yet it wins
    expect((await show(sql, id)).draft).toMatchObject({ text: "Готовый", provisional: false });
    await rewrite(id, snapshotOfProvisional);
    expect((await show(sql, id)).draft).toMatchObject({ text: "Готовый", provisional: false });
    expect((await saveDraft(sql, id, provisional)).verdict).toBe("kept");
    expect((await show(sql, id)).draft).toMatchObject({ text: "Готовый", provisional: false });
  },
);

onEachHost(
  "a fresh draft gets in beside a standing one that has no hash but a high number",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    // What a host's own writer left there before predraft was attached.
    await sql`alter table public.interactions disable trigger user`;
    await rewrite(id, '{"last_ai_draft": {"draft_id": 999999, "text": "древний"}}');
    await sql`alter table public.interactions enable trigger user`;
    expect((await saveDraft(sql, id)).verdict).toBe("saved");
    expect((await show(sql, id)).state).toBe("ready");
  },
);

onEachHost(
  "explicit JSON null clears the draft, and the same draft may come back",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql);
    const { draftId } = await saveDraft(sql, id);
    await rewrite(id, '{"last_ai_draft": null, "theirs": 1}');
    expect((await show(sql, id)).document).toEqual({ theirs: 1 });
    expect(await projectDraft(sql, draftId)).toBe("saved");
  },
);

onEachHost(
  "content that comes back as it was takes back a snapshot with its draft",
  async ({ sql, rewrite }) => {
    const id = await addInteraction(sql, { text: "А" });
    const { draftId } = await saveDraft(sql, id);
    const old = await snapshot(sql, id);
    await change(sql, id, "Б");
    await change(sql, id, "А");
    expect((await show(sql, id)).draft).toBeNull();
    await rewrite(id, old);
    expect((await show(sql, id)).draft).toMatchObject({ draft_id: Number(draftId) });
  },
);

onEachHost("closing and reopening keep a fresh draft", async ({ sql }) => {
  const id = await addInteraction(sql);
  await saveDraft(sql, id);
  await sql`update public.interactions set status = 'responded' where id = ${id}`;
  expect((await show(sql, id)).state).toBe("closed");
  await sql`update public.interactions set status = 'open' where id = ${id}`;
  expect((await show(sql, id)).state).toBe("ready");
});

onEachHost("a draft for content that has changed meanwhile is not written beside it", async ({ sql }) => {
  const id = await addInteraction(sql);
  const draftId = await recordDraft(sql, id);
  await change(sql, id, "Другое");
  expect(await projectDraft(sql, draftId)).toBe("superseded");
  expect((await show(sql, id)).draft).toBeNull();
  const [row] = await sql`select outcome from predraft.drafts where id = ${draftId}`;
  expect(row?.["outcome"]).toBe("superseded");
  await change(sql, id, "Какой состав у ткани?");
  expect(await projectDraft(sql, draftId)).toBe("saved");
});

test("a row that a host holds is told as locked within its time, and the paid draft waits in the history", async ({
  db,
}) => {
  const id = await addInteraction(db.sql);
  const draftId = await recordDraft(db.sql, id);
  const holder = await db.connect().reserve();
  await holder`begin`;
  await holder`select from public.interactions where id = ${id} for update`;
  expect(await projectDraft(db.sql, draftId)).toBe("locked");
  await holder`rollback`;
  holder.release();
  const [row] = await db.sql`select outcome from predraft.drafts where id = ${draftId}`;
  expect(row?.["outcome"]).toBe("unprojected");
  expect(await projectDraft(db.sql, draftId)).toBe("saved");
});
