import { describe, expect } from "vitest";
import { type Rig, test } from "../helpers/rig.ts";
import { addInteractions } from "../helpers/rows.ts";
import { until } from "../helpers/until.ts";

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);

/** In which order the model was asked, as sellers: each text begins with its seller's name. */
const sellersAsked = (rig: Rig): string[] =>
  rig.model
    .calls()
    .map((call) => (call.messages.some((message) => message.includes("Продавец А")) ? "A" : "B"));

/** Drafts of a seller that are final. */
const finals = async (rig: Rig, seller: number): Promise<number> => {
  const [row] = await rig.sql`
    select count(*)::int as n from predraft.interactions
    where seller_id = ${seller} and draft_state = 'ready'`;
  return row?.["n"];
};

async function awayFromTheCyclesEnd(rig: Rig): Promise<void> {
  await until(
    async () =>
      (
        await rig.sql`select predraft.cycle_of(clock_timestamp()) + interval '285 seconds' > clock_timestamp() as away`
      )[0]?.["away"],
    { what: "a new cycle has begun", timeoutMs: 30_000 },
  );
}

describe.concurrent("sellers beside each other", () => {
  test("with the cycle's limit a large newer backlog is ahead by that limit only, and is not fetched job by job", {
    timeout: 60_000,
  }, async ({ rig }) => {
    await rig.set("ai_draft_batch_size", "20");
    for (let batch = 0; batch < 4; batch += 1)
      await addInteractions(rig.sql, 2_500, (n) => ({
        external_id: `a-${batch}-${n}`,
        text: `Продавец А ${batch}-${n}`,
        occurred_at: hoursAgo(1),
      }));
    await addInteractions(rig.sql, 10, (n) => ({
      seller_id: 2,
      text: `Продавец Б ${n}`,
      occurred_at: hoursAgo(5),
    }));
    await awayFromTheCyclesEnd(rig);
    await rig.start();

    await until(async () => (await finals(rig, 2)) === 10, {
      what: "the other seller has all drafts",
      timeoutMs: 30_000,
    });

    expect(sellersAsked(rig).filter((seller) => seller === "A").length).toBeLessThanOrEqual(20);
    const parked = async () =>
      (
        await rig.sql`
          select count(*)::int as jobs, count(*) filter (where j.job_key like 'later:%')::int as "oneByOne"
          from predraft.jobs() j where j.run_at > now()`
      )[0];
    await until(async () => (await parked())?.["jobs"] === 9_980, {
      what: "the rest waits for the next cycle",
    });
    expect((await parked())?.["oneByOne"]).toBeLessThan(100);
  });

  test("a flood of one seller's new rows does not hold up another's older ones", { timeout: 60_000 }, async ({
    rig,
  }) => {
    await rig.set("ai_draft_batch_size", "5");
    const theirs = await addInteractions(rig.sql, 10, (n) => ({
      seller_id: 2,
      text: `Продавец Б ${n}`,
      occurred_at: hoursAgo(5),
    }));
    await awayFromTheCyclesEnd(rig);
    let flooding = true;
    const flood = (async () => {
      for (let n = 0; flooding; n += 1)
        await addInteractions(rig.sql, 20, (m) => ({
          text: `Продавец А ${n}-${m}`,
          occurred_at: new Date(),
        }));
    })();
    await rig.start();
    try {
      await until(async () => (await finals(rig, 2)) >= 5, {
        what: "the older rows have what their cycle allows",
        timeoutMs: 30_000,
      });
    } finally {
      flooding = false;
      await flood;
    }
    expect(theirs).toHaveLength(10);
  });

  test("without the cycle's limit the order is priority, then newest, over all sellers", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "1");
    const ids = await addInteractions(rig.sql, 12, (n) => ({
      seller_id: 1,
      text: `n${n}.`,
      priority: ["low", "normal", "high", "urgent"][n % 4],
      occurred_at: hoursAgo(((n * 5) % 12) + 1),
    }));
    const expected = await rig.sql`
      select id from public.interactions order by predraft.priority_rank(priority), occurred_at desc`;
    await rig.start();
    for (const id of ids) await rig.drafted(id);
    const asked = rig.model.calls().map((call) => {
      const n = /n(\d+)\./.exec(call.messages.join(" "))?.[1];
      return ids[Number(n)];
    });
    expect(asked).toEqual(expected.map((row) => String(row["id"])));
  });

  test("a raised limit brings what was parked back at once", { timeout: 40_000 }, async ({ rig }) => {
    await rig.set("ai_draft_batch_size", "3");
    await awayFromTheCyclesEnd(rig);
    await addInteractions(rig.sql, 30, (n) => ({ text: `Продавец А ${n}`, occurred_at: new Date() }));
    await rig.start();
    await until(async () => (await rig.sql`select from predraft.jobs() where run_at > now()`).length === 27, {
      what: "the rest is parked",
    });
    await rig.set("ai_draft_batch_size", "0");
    await until(async () => (await finals(rig, 1)) === 30, { what: "all are drafted in this very cycle" });
    expect(rig.model.billed()).toHaveLength(30);
  });
});
