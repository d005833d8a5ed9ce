import fc from "fast-check";
import { expect } from "vitest";
import { misses, takeJobs } from "../../helpers/jobs.ts";
import { addInteractions, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { until } from "../../helpers/until.ts";
import { chat, insert, type Message, message, thread } from "./chats.ts";

const talk = [message(1, "in"), message(2, "out"), message(3, "in"), message(4, "in"), message(5, "out")];

test("whatever the order, the batches and the repetitions in which messages arrive, the thread ends the same", async ({
  db,
}) => {
  const ids = await addInteractions(db.sql, 1, () => ({ channel: "chat", text: null }));
  const id = ids[0] ?? "";
  const arrivals = fc.tuple(
    fc.shuffledSubarray(talk, { minLength: talk.length }),
    fc.array(fc.constantFrom(...talk), { maxLength: 4 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 2, max: talk.length }),
  );
  await fc.assert(
    fc.asyncProperty(arrivals, async ([order, again, batch, length]) => {
      await db.sql`delete from public.messages`;
      const wanted = talk.slice(0, length);
      const all = [...order, ...again].filter((m) => wanted.includes(m));
      for (let i = 0; i < all.length; i += batch)
        await insert(db.sql, id, ...new Set(all.slice(i, i + batch)));
      const last = wanted.at(-1);
      const buyers = wanted.filter((m) => m.direction === "in").at(-1);
      expect(await thread(db.sql, id)).toEqual({
        text: buyers?.text,
        at: buyers?.sent_at,
        open: last?.direction === "in",
        status: last?.direction === "in" ? "open" : "responded",
      });
    }),
    { numRuns: 40 },
  );
});

test.for<[string, Message[], Partial<Awaited<ReturnType<typeof thread>>>]>([
  [
    "of two at one instant the seller's counts as the answer",
    [message(1, "in"), { ...message(1, "out") }],
    { text: "in 1", open: false, status: "responded" },
  ],
  [
    "of the buyer's two at one instant the later key counts",
    [
      { ...message(1, "in", "б"), external_id: "b" },
      { ...message(1, "in", "а"), external_id: "a" },
    ],
    { text: "б" },
  ],
  ["an empty text is a message", [message(1, "in"), message(2, "in", "")], { text: "", open: true }],
  [
    "a message without text is one",
    [message(1, "in"), message(2, "in", null)],
    { text: null, at: message(2, "in").sent_at, open: true },
  ],
  [
    "a seller who writes first leaves nothing to answer",
    [message(1, "out")],
    { text: null, at: null, open: false, status: "responded" },
  ],
])("%s", async ([, messages, expected], { db }) => {
  for (const order of [messages, messages.toReversed()]) {
    const id = await chat(db.sql);
    for (const one of order) await insert(db.sql, id, one);
    expect(await thread(db.sql, id)).toMatchObject(expected);
  }
});

test("a buyer's message enqueues its chat, a seller's and a repeated one do not", async ({ db }) => {
  const id = await chat(db.sql);
  await takeJobs(db.sql);
  await insert(db.sql, id, message(1, "in"));
  expect(await takeJobs(db.sql)).toEqual([id]);
  await insert(db.sql, id, message(1, "in"));
  expect(await takeJobs(db.sql)).toEqual([]);
  await insert(db.sql, id, message(2, "out"));
  expect(await takeJobs(db.sql)).toEqual([]);
  expect((await show(db.sql, id)).state).toBe("closed");
  await insert(db.sql, id, message(3, "in"));
  expect(await takeJobs(db.sql)).toEqual([id]);
});

test("an old message that arrives late changes nothing", async ({ db }) => {
  const id = await chat(db.sql);
  await insert(db.sql, id, message(5, "in"));
  const before = await db.sql`select xmin::text from public.interactions where id = ${id}`;
  await takeJobs(db.sql);
  await insert(db.sql, id, message(1, "in"), message(2, "out"));
  expect(await takeJobs(db.sql)).toEqual([]);
  expect(await db.sql`select xmin::text from public.interactions where id = ${id}`).toEqual(before);
});

test("one statement with messages of many chats refreshes each", async ({ db }) => {
  const ids = await addInteractions(db.sql, 20, () => ({ channel: "chat", text: null }));
  await takeJobs(db.sql);
  await db.sql`insert into public.messages ${db.sql(ids.map((id, n) => ({ interaction_id: id, ...message(n, n % 2 ? "in" : "out") })))}`;
  const open = ids.filter((_, n) => n % 2 === 1);
  expect((await takeJobs(db.sql)).toSorted()).toEqual(open.toSorted());
  const rows = await db.sql`select id from public.interactions where status = 'open'`;
  expect(rows.map((row) => row["id"]).toSorted()).toEqual(open.toSorted());
});

test("two transactions that insert into two chats crosswise both succeed, and the drain brings the rest", async ({
  db,
}) => {
  const [a, b] = (await addInteractions(db.sql, 2, () => ({ channel: "chat", text: null }))) as [
    string,
    string,
  ];
  const [one, two] = [await db.connect().reserve(), await db.connect().reserve()];
  for (const sql of [one, two]) await sql`begin`;
  await insert(one, a, message(1, "in", "один"));
  await insert(two, b, message(1, "in", "два"));
  await Promise.all([insert(one, b, message(2, "in", "три")), insert(two, a, message(2, "out"))]);
  for (const sql of [one, two]) await sql`commit`;
  for (const sql of [one, two]) sql.release();
  while ((await db.sql`select predraft.drain_thread() as more`)[0]?.["more"]);
  expect(await thread(db.sql, a)).toMatchObject({ text: "один", open: false });
  expect(await thread(db.sql, b)).toMatchObject({ text: "три", open: true });
  expect(await db.sql`select from public.messages`).toHaveLength(4);
});

test("statements over the same chats in any order wait for one another and don't deadlock", async ({
  db,
}) => {
  const ids = await addInteractions(db.sql, 6, () => ({ channel: "chat", text: null }));
  const write = (n: number) => {
    const order = n % 2 ? ids : ids.toReversed();
    return db.sql`insert into public.messages ${db.sql(order.map((id) => ({ interaction_id: id, ...message(n, "in") })))}`;
  };
  await Promise.all(Array.from({ length: 10 }, (_, n) => write(n)));
  while ((await db.sql`select predraft.drain_thread() as more`)[0]?.["more"]);
  for (const id of ids) expect(await thread(db.sql, id)).toMatchObject({ text: "in 9" });
});

test("a chat whose row is held is recorded, and drained once it is free", async ({ db }) => {
  const id = await chat(db.sql);
  await takeJobs(db.sql);
  const holder = await db.connect().reserve();
  await holder`begin`;
  await holder`update public.interactions set subject = 'held' where id = ${id}`;
  await insert(db.sql, id, message(1, "in"), message(2, "in"));
  await insert(db.sql, id, message(3, "in"));
  expect(await misses(db.sql)).toEqual(Array(2).fill({ interaction: id, reason: "thread 55P03" }));
  const [held] = await db.sql`select predraft.drain_thread() as more`;
  expect(held?.["more"]).toBe(true); // tried, still held, and recorded again
  expect(await misses(db.sql)).toHaveLength(1);
  await db.sql`select predraft.drain_misses()`;
  expect(await misses(db.sql), "the other drain leaves threads alone").toHaveLength(1);
  await holder`commit`;
  holder.release();
  await until(async () => !(await db.sql`select predraft.drain_thread() as more`)[0]?.["more"], {
    what: "all is drained",
  });
  expect(await thread(db.sql, id)).toMatchObject({ text: "in 3", open: true });
  expect(await takeJobs(db.sql)).toEqual([id]);
  expect(await misses(db.sql)).toEqual([]);
});

test("a chat that is deleted takes its messages along, and a miss of it does no harm", async ({ db }) => {
  const id = await chat(db.sql);
  await insert(db.sql, id, message(1, "in"));
  await db.sql`insert into predraft.enqueue_misses (interaction_id, reason) values (${id}, 'thread 55P03')`;
  await db.sql`delete from public.interactions`;
  expect(await db.sql`select from public.messages`).toHaveLength(0);
  await db.sql`select predraft.drain_thread()`;
  expect((await db.sql`select predraft.drain_thread() as more`)[0]?.["more"]).toBe(false);
});
