import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { takeJobs } from "../../helpers/jobs.ts";
import { type ListenConnection, listen } from "../../helpers/listen.ts";
import { addInteraction, addInteractions, saveDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const drafts = async (listener: ListenConnection) =>
  (await listener.received())
    .filter((one) => one.channel === "predraft_drafts")
    .map((one) => JSON.parse(one.payload));

onEachHost(
  "changed content is told once a statement, by id, seller and the new hash",
  async ({ db, sql }) => {
    const ids = await addInteractions(sql, 3);
    const listener = await listen(db);
    await sql`update public.interactions set text = 'Иначе' where id <> ${ids[0] ?? ""}`;
    const items = await Promise.all(
      ids.slice(1).map(async (id) => ({ id: Number(id), seller_id: 1, hash: (await show(sql, id)).hash })),
    );
    const heard = await drafts(listener);
    expect(heard).toEqual([{ event: "invalidated", items: expect.arrayContaining(items) }]);
    expect(heard[0].items).toHaveLength(2);
  },
);

onEachHost("the seller's answer is told as closed, and adds no job", async ({ db, sql }) => {
  const id = await addInteraction(sql);
  await saveDraft(sql, id);
  await takeJobs(sql);
  const listener = await listen(db);
  await sql`update public.interactions set status = 'responded' where id = ${id}`;
  expect(await drafts(listener)).toEqual([
    { event: "closed", items: [{ id: Number(id), seller_id: 1, hash: (await show(sql, id)).hash }] },
  ]);
  await sql`update public.interactions set needs_response = false where id = ${id}`;
  expect(await drafts(listener)).toEqual([]);
  expect(await takeJobs(sql)).toEqual([]);
});

onEachHost("deleted rows are told as closed, without a hash", async ({ db, sql }) => {
  const id = await addInteraction(sql);
  const listener = await listen(db);
  await sql`delete from public.interactions`;
  expect(await drafts(listener)).toEqual([
    { event: "closed", items: [{ id: Number(id), seller_id: 1, hash: null }] },
  ]);
});

test("what doesn't fit into a notification is told as a star", async ({ db }) => {
  await addInteractions(db.sql, 300);
  const listener = await listen(db);
  await db.sql`update public.interactions set text = 'Иначе'`;
  expect(await drafts(listener)).toEqual([{ event: "invalidated", items: "*" }]);
  await db.sql`update public.interactions set status = 'responded'`;
  expect(await drafts(listener)).toEqual([{ event: "closed", items: "*" }]);
});

test("a payload of 7,900 bytes is sent whole, one of a byte more as a star", async ({ db }) => {
  const listener = await listen(db);
  const empty = (
    await db.sql`select octet_length(jsonb_build_object('event', 'saved', 'items', '[""]'::jsonb)::text) as n`
  )[0]?.["n"];
  for (const length of [7_900 - empty, 7_901 - empty]) {
    await db.sql`select predraft.notify_drafts('saved', ${db.sql.json(["x".repeat(length)])})`;
  }
  const [fits, not] = await listener.received();
  expect(Buffer.byteLength(fits?.payload ?? "")).toBe(7_900);
  expect(JSON.parse(not?.payload ?? "")).toEqual({ event: "saved", items: "*" });
});

test("nothing to tell is not told", async ({ db }) => {
  const listener = await listen(db);
  await db.sql`select predraft.notify_drafts('saved', '[]'), predraft.notify_drafts('saved', null)`;
  expect(await listener.received()).toEqual([]);
});
