import { expect } from "vitest";
import { type Host, onEachHost } from "../../helpers/hosts.ts";
import { takeJobs } from "../../helpers/jobs.ts";
import { addInteraction, type Client, saveDraft, show } from "../../helpers/rows.ts";

/** The host writes its document with this draft, and where told a new text with it. */
const write = (host: Host, id: string, draft: unknown, text?: string) => host.sql`
  update public.interactions
  set ${host.sql(host.document)} = ${host.sql.json({ theirs: 1, last_ai_draft: draft } as never)},
    text = coalesce(${text ?? null}, text)
  where id = ${id}`;

const history = async (sql: Client, id: string) =>
  (
    await sql`select text, source, outcome, content_hash from predraft.drafts where interaction_id = ${id} order by id`
  ).map((row) => ({ ...row }));

onEachHost(
  "another writer's draft without a hash is stamped with the content's, and kept in the history once",
  async (host) => {
    const { sql } = host;
    const id = await addInteraction(sql);
    await takeJobs(sql);
    const draft = { text: "Ответ хозяина", sla_priority: "high", own: [1] };
    await write(host, id, draft);
    const first = await show(sql, id);
    expect(first).toMatchObject({
      state: "ready",
      draft: { ...draft, source: "host", provisional: false, content_hash: first.hash },
    });
    await write(host, id, draft);
    await write(host, id, { ...draft, own: [2] });
    expect(await history(sql, id)).toEqual([
      { text: "Ответ хозяина", source: "host", outcome: "saved", content_hash: first.hash },
    ]);
    expect(await takeJobs(sql)).toEqual([]);
  },
);

onEachHost("it is taken in place of our draft, and a later one in its place", async (host) => {
  const { sql } = host;
  const id = await addInteraction(sql);
  await saveDraft(sql, id);
  for (const text of ["Первый", "Второй", "Первый"]) {
    await write(host, id, { text });
    expect((await show(sql, id)).draft).toMatchObject({ text, source: "host" });
  }
  expect(await history(sql, id)).toHaveLength(3);
});

onEachHost("it is not taken where the same statement changes the content", async (host) => {
  const { sql } = host;
  const id = await addInteraction(sql);
  await write(host, id, { text: "На что это ответ?" }, "Новый вопрос");
  expect((await show(sql, id)).document).toEqual({ theirs: 1 });
  expect(await history(sql, id)).toEqual([]);
});

onEachHost("it is not taken where its text was made for other content", async (host) => {
  const { sql } = host;
  const id = await addInteraction(sql);
  await saveDraft(sql, id, { text: "К старому вопросу" });
  await sql`update public.interactions set text = 'Новый вопрос' where id = ${id}`;
  await write(host, id, { text: "К старому вопросу" });
  expect((await show(sql, id)).draft).toBeNull();
  await saveDraft(sql, id, { text: "К новому вопросу" });
  await write(host, id, { text: "К старому вопросу" });
  expect((await show(sql, id)).draft).toMatchObject({ text: "К новому вопросу", source: "llm" });
});

/** A draft of ours for new words, while the host still makes one for the old ones. */
async function overtakenHost(host: Host): Promise<{ id: string; former: string; ours: unknown }> {
  const { sql } = host;
  const id = await addInteraction(sql);
  const former = (await show(sql, id)).hash;
  await sql`update public.interactions set text = 'Новый вопрос' where id = ${id}`;
  await saveDraft(sql, id, { text: "К новому вопросу" });
  return { id, former, ours: (await show(sql, id)).draft };
}

onEachHost("a slow one, begun before the content changed, leaves our fresh draft as it is", async (host) => {
  const { sql } = host;
  const { id, former, ours } = await overtakenHost(host);
  for (const own of [1, 2]) {
    await write(host, id, { text: "К старому вопросу", own });
    expect((await show(sql, id)).draft).toEqual(ours);
  }
  expect(await history(sql, id), "it is kept, once").toEqual([
    expect.objectContaining({ text: "К новому вопросу", outcome: "saved" }),
    { text: "К старому вопросу", source: "host", outcome: "superseded", content_hash: former },
  ]);
  const restorable = async () =>
    (await sql`select predraft.draft_context(${id}, 'p', 'pregenerate') -> 'restorable' as draft`)[0]?.[
      "draft"
    ];
  await sql`update public.interactions set text = 'Какой состав у ткани?' where id = ${id}`;
  expect(await restorable(), "nobody knows for sure what it was made for").toBeNull();
});

onEachHost("a provisional one of ours for new words stays as well", async (host) => {
  const { sql } = host;
  const { id } = await overtakenHost(host);
  await sql`update public.interactions set text = 'Новейший вопрос' where id = ${id}`;
  await saveDraft(sql, id, { source: "fallback", fallback_reason: "waiting", provisional: true });
  await write(host, id, { text: "К старому вопросу" });
  expect((await show(sql, id)).draft).toMatchObject({ source: "fallback", provisional: true });
});

onEachHost("it is taken where the content changed before its writer can have begun", async (host) => {
  const { sql } = host;
  const { id } = await overtakenHost(host);
  await sql`update predraft.content_changes set at = at - interval '6 minutes'`;
  await write(host, id, { text: "Ответ хозяина" });
  expect((await show(sql, id)).draft).toMatchObject({ text: "Ответ хозяина", source: "host" });
});

onEachHost("a copy of ours that lost what the host doesn't know leaves ours as it is", async (host) => {
  const { sql } = host;
  const id = await addInteraction(sql);
  await saveDraft(sql, id);
  const { draft } = await show(sql, id);
  await write(host, id, { text: draft?.["text"], intent: "own" });
  expect((await show(sql, id)).draft).toEqual(draft);
  expect(await history(sql, id)).toHaveLength(1);
});

for (const draft of [
  {},
  { text: "" },
  { text: null },
  { text: 5 },
  { text: { a: 1 } },
  [],
  "text",
  0,
  false,
]) {
  onEachHost(`what has no text is no draft: ${JSON.stringify(draft)}`, async (host) => {
    const id = await addInteraction(host.sql);
    await write(host, id, draft);
    expect((await show(host.sql, id)).document).toEqual({ theirs: 1 });
    expect(await history(host.sql, id)).toEqual([]);
  });
}
