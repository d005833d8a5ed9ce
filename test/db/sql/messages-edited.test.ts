import { expect } from "vitest";
import { takeJobs } from "../../helpers/jobs.ts";
import type { Client } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { chat, insert, message, thread } from "./chats.ts";

test.for<[string, (sql: Client, id: string) => PromiseLike<unknown>, Record<string, unknown>]>([
  [
    "a buyer's last line that is edited",
    (sql, id) =>
      sql`update public.messages set text = 'иначе' where interaction_id = ${id} and external_id = 'm3-in'`,
    { text: "иначе", at: message(3, "in").sent_at, open: true },
  ],
  [
    "a buyer's last line that is deleted, behind the seller's answer",
    (sql, id) => sql`delete from public.messages where interaction_id = ${id} and external_id = 'm3-in'`,
    { text: "in 1", at: message(1, "in").sent_at, open: false, status: "responded" },
  ],
  [
    "a line that turns out to be the seller's",
    (sql, id) =>
      sql`update public.messages set direction = 'out' where interaction_id = ${id} and external_id = 'm3-in'`,
    { text: "in 1", open: false, status: "responded" },
  ],
  [
    "a line that is dated anew",
    (sql, id) =>
      sql`update public.messages set sent_at = ${message(0, "in").sent_at} where interaction_id = ${id} and external_id = 'm3-in'`,
    { text: "in 1", open: false },
  ],
  [
    "a chat whose last line is deleted",
    (sql, id) => sql`delete from public.messages where interaction_id = ${id}`,
    { text: null, at: null, open: false, status: "responded" },
  ],
])("%s changes what the chat says", async ([, change, expected], { db }) => {
  const id = await chat(db.sql);
  await insert(db.sql, id, message(1, "in"), message(2, "out"), message(3, "in"));
  expect(await thread(db.sql, id)).toMatchObject({ text: "in 3", open: true });
  await change(db.sql, id);
  expect(await thread(db.sql, id)).toMatchObject(expected);
});

test("a line that moves to another chat changes both", async ({ db }) => {
  const [from, to] = [await chat(db.sql), await chat(db.sql)];
  await insert(db.sql, from, message(1, "in"), message(2, "in"));
  await db.sql`update public.messages set interaction_id = ${to} where external_id = 'm2-in'`;
  expect(await thread(db.sql, from)).toMatchObject({ text: "in 1", open: true });
  expect(await thread(db.sql, to)).toMatchObject({ text: "in 2", open: true });
});

test("an edited line enqueues its chat, and one that is written again as it was does not", async ({ db }) => {
  const id = await chat(db.sql);
  await insert(db.sql, id, message(1, "in"));
  await takeJobs(db.sql);
  const before = await db.sql`select xmin::text from public.interactions where id = ${id}`;
  await db.sql`update public.messages set text = text`;
  expect(await takeJobs(db.sql)).toEqual([]);
  expect(await db.sql`select xmin::text from public.interactions where id = ${id}`).toEqual(before);
  await db.sql`update public.messages set text = 'иначе'`;
  expect(await takeJobs(db.sql)).toEqual([id]);
});

test.for(["infinity", "-infinity", "9999-12-31T00:00:00Z"])(
  "a line dated %s doesn't stay the last for good",
  async (sentAt, { db }) => {
    const id = await chat(db.sql);
    await db.sql`
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      values (${id}, 'odd', 'out', 'когда-то', ${sentAt}::text::timestamptz), (${id}, 'odd-in', 'in', 'когда-то', ${sentAt}::text::timestamptz)`;
    expect(await thread(db.sql, id)).toMatchObject({ text: "когда-то", open: false });
    await insert(db.sql, id, message(1, "in"));
    expect(await thread(db.sql, id)).toMatchObject({
      text: "in 1",
      at: message(1, "in").sent_at,
      open: true,
    });
  },
);
