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
