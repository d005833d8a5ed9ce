import { expect } from "vitest";
import { takeJobs } from "../../helpers/jobs.ts";
import { listen } from "../../helpers/listen.ts";
import { charged, release, reserve } from "../../helpers/reserve.ts";
import { addInteraction, addInteractions, saveDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

test("of fifty that want one content version at once, one gets the claim, and is charged", async ({ db }) => {
  const id = await addInteraction(db.sql);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => reserve(db.sql, id, { worker: n, delayMs: 1 })),
  );
  const held = answers.find((a) => a.verdict === "go")?.claim;
  expect(answers.map((a) => a.verdict).toSorted()).toEqual([...Array(49).fill("claimed"), "go"]);
  expect(
    new Set(answers.map((a) => a.claim ?? held)).size,
    "the others are told of no claim of their own",
  ).toBe(1);
  expect(await db.sql`select from predraft.draft_claims`).toHaveLength(1);
  expect(await charged(db.sql)).toEqual({ day: 1, cycle: 1, urgent: 0 });
});

test("another content version of the same interaction has a claim of its own", async ({ db }) => {
  const id = await addInteraction(db.sql);
  expect((await reserve(db.sql, id)).verdict).toBe("go");
  await db.sql`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect((await reserve(db.sql, id)).verdict).toBe("go");
});

test("who drops a claim without a draft enqueues anew where another was refused for it, else not", async ({
  db,
}) => {
  const id = await addInteraction(db.sql);
  await takeJobs(db.sql);
  await release(db.sql, (await reserve(db.sql, id)).claim);
  expect(await takeJobs(db.sql)).toEqual([]);
  const held = await reserve(db.sql, id);
  expect((await reserve(db.sql, id)).verdict).toBe("claimed");
  await release(db.sql, held.claim);
  expect(await takeJobs(db.sql)).toEqual([id]);
  await release(db.sql, held.claim); // a second time, as after a reaper
  expect(await takeJobs(db.sql)).toEqual([]);
});

test("who drops a claim with its draft saved tells listeners, and enqueues nothing", async ({ db }) => {
  const id = await addInteraction(db.sql);
  const held = await reserve(db.sql, id);
  await reserve(db.sql, id);
  await saveDraft(db.sql, id);
  await takeJobs(db.sql);
  const listener = await listen(db);
  await release(db.sql, held.claim, { saved: true });
  const item = { id: Number(id), seller_id: 1, hash: (await show(db.sql, id)).hash };
  expect((await listener.received()).map((one) => JSON.parse(one.payload))).toEqual([
    { event: "saved", items: [item] },
  ]);
  expect(await takeJobs(db.sql)).toEqual([]);
});

test("nothing is called for, claimed or charged where the row is no longer due", async ({ db }) => {
  const [changed, closed, drafted] = (await addInteractions(db.sql, 3)) as [string, string, string];
  const stale = (await show(db.sql, changed)).hash;
  await db.sql`update public.interactions set text = 'Иначе' where id = ${changed}`;
  await db.sql`update public.interactions set status = 'responded' where id = ${closed}`;
  await saveDraft(db.sql, drafted);
  const verdicts = [
    await reserve(db.sql, changed, { hash: stale }),
    await reserve(db.sql, closed),
    await reserve(db.sql, drafted),
    await reserve(db.sql, "999999", { hash: stale }),
  ];
  expect(verdicts.map((v) => [v.verdict, v.claim])).toEqual(Array(4).fill(["reread", null]));
  expect(await db.sql`select from predraft.draft_claims`).toHaveLength(0);
  expect(await charged(db.sql)).toEqual({ day: 0, cycle: 0, urgent: 0 });
  expect((await reserve(db.sql, drafted, { forced: true })).verdict).toBe("go");
});

test("a draft saved between reading the row and taking the claim is seen", async ({ db }) => {
  const id = await addInteraction(db.sql);
  const first = await db.connect().reserve();
  await first`begin`;
  const held = await reserve(first, id); // the claim's row is not committed: the second waits for it
  const second = reserve(db.sql, id);
  await saveDraft(first, id);
  await release(first, held.claim, { saved: true });
  await first`commit`;
  first.release();
  expect((await second).verdict).toBe("reread");
});

test("a provisional draft is due for a call", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await saveDraft(db.sql, id, { provisional: true, source: "fallback", fallback_reason: "waiting" });
  expect((await reserve(db.sql, id)).verdict).toBe("go");
});

test("a call of the offline provider takes the claim and is charged nothing, whatever the limits", async ({
  db,
}) => {
  const [one, two] = (await addInteractions(db.sql, 2)) as [string, string];
  const free = { paid: false, daily: 0, cycle: 1, global: 1, delayMs: 60_000 };
  expect((await reserve(db.sql, one, free)).verdict).toBe("go");
  expect((await reserve(db.sql, two, free)).verdict).toBe("go");
  expect((await reserve(db.sql, two, free)).verdict).toBe("claimed");
  expect(await charged(db.sql)).toEqual({ day: 0, cycle: 0, urgent: 0 });
});

test("an unbilled call is given back to the windows that it was charged to, once", async ({ db }) => {
  const ids = await addInteractions(db.sql, 3);
  const [normal, urgent, demand] = [
    await reserve(db.sql, ids[0] ?? ""),
    await reserve(db.sql, ids[1] ?? "", { kind: "urgent", burst: 1 }),
    await reserve(db.sql, ids[2] ?? "", { kind: "demand" }),
  ];
  expect(await charged(db.sql)).toEqual({ day: 3, cycle: 1, urgent: 1 });
  // Meanwhile a day has passed: the refund is not today's.
  await db.sql`update predraft.draft_claims set day = day - interval '1 day', cycle = cycle - interval '1 day'`;
  await db.sql`update predraft.seller_usage set win_start = win_start - interval '1 day'`;
  await db.sql`insert into predraft.seller_usage (seller_id, win, win_start, calls) values (1, 'day', (predraft.day_of(1, now())).day_start, 5)`;
  for (const call of [normal, urgent, demand, normal]) await release(db.sql, call.claim, { refund: true });
  const windows = await db.sql`select win, calls, urgent from predraft.seller_usage order by win_start, win`;
  expect(windows.filter((row) => row["win"] === "day").map((row) => row["calls"])).toEqual([0, 5]);
  expect(
    windows.filter((row) => row["win"] === "cycle").every((row) => row["calls"] + row["urgent"] === 0),
  ).toBe(true);
});

test("a billed call stays charged when its claim is dropped", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await release(db.sql, (await reserve(db.sql, id)).claim);
  expect(await charged(db.sql)).toEqual({ day: 1, cycle: 1, urgent: 0 });
});

test("a refusal leaves no claim, and charges nothing", async ({ db }) => {
  const id = await addInteraction(db.sql);
  await db.sql`select predraft.pause_provider('paused', 60000, 'test')`;
  for (const ask of [{ daily: 0 }, { provider: "paused" }])
    expect((await reserve(db.sql, id, ask)).claim).toBeNull();
  expect(await db.sql`select from predraft.draft_claims`).toHaveLength(0);
  expect(await charged(db.sql)).toEqual({ day: 0, cycle: 0, urgent: 0 });
});
