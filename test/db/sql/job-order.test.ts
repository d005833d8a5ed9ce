import { Logger, runOnce, type TaskList } from "graphile-worker";
import { expect } from "vitest";
import { jobs } from "../../helpers/jobs.ts";
import { addInteraction, addInteractions } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

test("a job says whose it is, how urgent, and how often it may be tried", async ({ db }) => {
  for (const [priority, rank] of [
    ["urgent", 0],
    ["high", 10],
    ["normal", 20],
    ["low", 30],
  ] as const) {
    const id = await addInteraction(db.sql, { priority });
    const job = (await jobs(db.sql)).at(-1);
    expect(job).toMatchObject({ priority: rank, maxAttempts: 5, payload: { interactionId: Number(id) } });
    expect(job?.key).toMatch(new RegExp(`^draft:${id}:\\d+$`));
  }
});

test("no key is ever used twice, also for one row", async ({ db }) => {
  const id = await addInteraction(db.sql);
  for (const n of [1, 2, 3])
    await db.sql`update public.interactions set text = ${`Раз ${n}`} where id = ${id}`;
  const keys = (await jobs(db.sql)).map((job) => job.key);
  expect(keys).toHaveLength(4);
  expect(new Set(keys).size).toBe(4);
});

test("any date, odd ones too, is due at once, and newer is due earlier", async ({ db }) => {
  const newestFirst = [
    "2026-11-01T00:00:00Z",
    "2026-10-31T23:59:59.999999Z",
    "2025-01-01T00:00:00Z",
    "2020-01-01T00:00:00Z",
    "2016-05-05T00:00:00Z",
  ];
  const odd = [
    null,
    "infinity",
    "-infinity",
    "9999-12-31",
    "0001-01-01 BC",
    "1999-01-01",
    "2013-12-31",
    "294276-12-31",
  ];
  await addInteractions(db.sql, 1);
  for (const at of [...newestFirst, ...odd]) {
    await db.sql`
      insert into public.interactions (seller_id, channel, external_id, text, occurred_at)
      values (1, 'question', ${String(at)}, 'Длина?', ${at}::text::timestamptz)`;
  }
  const added = (await jobs(db.sql)).slice(1);
  expect(added).toHaveLength(newestFirst.length + odd.length);
  const times = added.slice(0, newestFirst.length).map((job) => job.runAt.getTime());
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const [late] = await db.sql`select count(*)::int as n from graphile_worker.jobs where run_at > now()`;
  expect(late?.["n"]).toBe(0);
});

test("workers run urgent first, then the newest of each priority", async ({ db }) => {
  const ages = [5, 1, 9, 3];
  const rows = ["low", "urgent", "normal", "high"].flatMap((priority) =>
    ages.map((age) => ({ priority, age })),
  );
  const ids = await addInteractions(db.sql, rows.length, (n) => ({
    priority: rows[n]?.priority as never,
    occurred_at: new Date(Date.UTC(2026, 0, 20 - (rows[n]?.age ?? 0))) as never,
  }));
  const logger = new Logger(() => () => undefined);
  const order: string[] = [];
  const taskList: TaskList = {
    generate_draft: (payload) =>
      void order.push(String((payload as { interactionId: number }).interactionId)),
  };
  await runOnce({ connectionString: db.url, taskList, concurrency: 1, noHandleSignals: true, logger });
  const expected = ["urgent", "high", "normal", "low"].flatMap((priority) =>
    [1, 3, 5, 9].map((age) => ids[rows.findIndex((row) => row.priority === priority && row.age === age)]),
  );
  expect(order).toEqual(expected);
});
