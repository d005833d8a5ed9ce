import { describe, expect } from "vitest";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const provisional = (reason: string) => (draft: { provisional: boolean; fallback_reason: string | null }) =>
  draft.provisional && draft.fallback_reason === reason;

/** A cycle's last seconds are slept through in the slot instead of parked. */
const awayFromTheCyclesEnd = (rig: Rig) =>
  until(
    async () => {
      const [row] = await rig.sql`
        select predraft.cycle_of(clock_timestamp()) + interval '290 seconds' > clock_timestamp() as away`;
      return row?.["away"];
    },
    { what: "a new cycle has begun", timeoutMs: 25_000 },
  );

/** Counts calls that are under way at once, each of which takes a moment. */
function countTogether(rig: Rig, ms: number): () => number {
  let now = 0;
  let most = 0;
  rig.model.script(async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, ms));
    now -= 1;
    return undefined;
  });
  return () => most;
}

describe.concurrent("the daily limit", () => {
  test("shows a fallback beyond it, is the seller's own, and raising it upgrades", async ({ rig }) => {
    await rig.set("ai_draft_daily_limit", "1");
    await rig.start();
    await rig.drafted(await rig.insert());
    const beyond = await rig.insert();
    await rig.drafted(beyond, provisional("daily_limit"));
    await rig.drafted(await rig.insert({ seller_id: 2 }));
    expect(rig.model.calls()).toHaveLength(2);

    await rig.set("ai_draft_daily_limit", "2");

    expect(await rig.drafted(beyond)).toMatchObject({ source: "llm", pregenerated: true });
    const [row] =
      await rig.sql`select trigger from predraft.drafts where outcome = 'saved' order by id desc limit 1`;
    expect(row?.["trigger"]).toBe("upgrade");
  });

  test("does not refuse a click, which still counts", async ({ rig }) => {
    await rig.set("ai_draft_daily_limit", "0");
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id, provisional("daily_limit"));
    await rig.sql`select predraft.request_draft(${id})`;
    expect(await rig.drafted(id)).toMatchObject({ source: "llm", pregenerated: false });
    const [day] = await rig.sql`select calls from predraft.seller_usage where win = 'day'`;
    expect(day?.["calls"]).toBe(1);
  });
});

describe.concurrent("the cycle's limit", () => {
  test("parks what is beyond it until the next cycle, with the attempts it had", { timeout: 40_000 }, async ({
    rig,
  }) => {
    await rig.set("ai_draft_batch_size", "1");
    await rig.start();
    await awayFromTheCyclesEnd(rig);
    await rig.drafted(await rig.insert());
    const beyond = await rig.insert();
    await rig.drafted(beyond, provisional("waiting"));
    const parked = async () =>
      (
        await rig.sql`
          select job_key, attempts, max_attempts, run_at - predraft.cycle_of(clock_timestamp()) >= interval '5 minutes' as next_cycle
          from predraft.jobs() where interaction_id = ${beyond} and locked_at is null`
      )[0];
    expect(await until(parked, { what: "it is parked" })).toEqual({
      job_key: `later:${beyond}`,
      attempts: 0,
      max_attempts: 5,
      next_cycle: true,
    });

    const tired = await rig.insert();
    await rig.sql`select graphile_worker.complete_jobs(array_agg(job_id)) from predraft.jobs() where interaction_id = ${tired}`;
    await rig.sql`
      select from graphile_worker.add_job('generate_draft', json_build_object('interactionId', ${tired}::int),
        job_key := ${`draft:${tired}:tired`}, max_attempts := 2)`;
    const kept = async () =>
      (await rig.sql`select max_attempts from predraft.jobs() where job_key = ${`later:${tired}`}`)[0];
    await rig.drafted(tired, provisional("waiting"));
    expect(["2", "5"]).toContain(String((await until(kept, { what: "it is parked" }))["max_attempts"]));

    await rig.drafted(await rig.insert({ priority: "urgent" }));
    await rig.sql`select predraft.request_draft(${beyond})`;
    await rig.drafted(beyond);
    expect(rig.model.calls()).toHaveLength(3);
  });
});

describe("pace", () => {
  test("calls of two workers start as far apart as is set, and urgent ones do not wait", async ({ rig }) => {
    const workers = await Promise.all([rig.start(), rig.start()]);
    await rig.drafted(await rig.insert());
    await rig.set("ai_draft_delay_seconds", "0.6");
    await until(() => workers.every((worker) => worker.settings().ai_draft_delay_seconds === 0.6), {
      what: "both know the pace",
    });
    const ids = await Promise.all([1, 2, 3, 4].map((n) => rig.insert({ text: `тихий ${n}` })));
    await until(() => rig.model.calls("тихий").length >= 1, { what: "the first call starts" });
    const urgent = await rig.insert({ text: "срочный", priority: "urgent" });
    await rig.drafted(urgent);
    expect(rig.model.calls("тихий").length).toBeLessThan(4);
    for (const id of ids) await rig.drafted(id);
    const starts = rig.model.calls("тихий").map((call) => call.at);
    const gaps = starts.slice(1).map((at, n) => at - (starts[n] as number));
    // An arrival trails its start by as long as this machine takes to connect.
    expect(Math.min(...gaps)).toBeGreaterThan(300);
    expect((starts.at(-1) as number) - (starts[0] as number)).toBeGreaterThan(1_500);
  });
});

describe.concurrent("concurrency", () => {
  test("a process has no more calls under way than is set", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "2");
    const most = countTogether(rig, 100);
    await rig.start();
    const ids = await Promise.all(Array.from({ length: 8 }, () => rig.insert()));
    for (const id of ids) await rig.drafted(id);
    expect(most()).toBeLessThanOrEqual(2);
  });

  test("all processes together have no more calls under way than is set", async ({ rig }) => {
    await rig.set("ai_draft_global_concurrency", "2");
    const most = countTogether(rig, 100);
    await Promise.all([rig.start(), rig.start()]);
    const ids = await Promise.all(Array.from({ length: 8 }, () => rig.insert()));
    for (const id of ids) await rig.drafted(id);
    expect(most()).toBeLessThanOrEqual(2);
  });
});

describe.concurrent("switches", () => {
  test("with the model off fallbacks show, and turning it on upgrades all of them", async ({ rig }) => {
    await rig.set("llm_enabled", "false");
    await rig.start();
    const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
    for (const id of ids) await rig.drafted(id, provisional("llm_off"));
    expect(rig.model.calls()).toHaveLength(0);
    await rig.set("llm_enabled", "true");
    for (const id of ids) await rig.drafted(id);
    expect(rig.model.calls()).toHaveLength(3);
  });

  test("without pre-generation drafts are made on demand only, until it is turned on", async ({ rig }) => {
    await rig.set("ai_draft_pregenerate_enabled", "off");
    await rig.start();
    await rig.idle();
    const [asked, left] = [await rig.insert(), await rig.insert()];
    expect(await rig.sql`select from predraft.jobs()`).toHaveLength(0);
    await rig.sql`select predraft.request_draft(${asked})`;
    await rig.drafted(asked);
    expect(await rig.draft(left)).toBeNull();
    await rig.set("ai_draft_pregenerate_enabled", "on");
    await rig.drafted(left);
  });

  test("another concurrency renews the runner, and what is under way is finished", async ({ rig }) => {
    await rig.start({ shutdownGraceMs: 5_000 });
    const hold = rig.model.hold("первый");
    const id = await rig.insert({ text: "первый" });
    await hold.arrived();
    await rig.set("ai_draft_concurrency", "3");
    hold.release();
    await rig.drafted(id);
    await rig.drafted(await rig.insert());
    expect(rig.model.calls()).toHaveLength(2);
  });
});

describe.concurrent("a wait that is lowered", () => {
  test("lets the next call start at once, however long the pace was", async ({ rig }) => {
    await rig.set("ai_draft_delay_seconds", "600");
    await rig.start();
    const ids = [await rig.insert(), await rig.insert(), await rig.insert()];
    await until(() => rig.model.calls().length === 1, { what: "one call has started" });
    for (const id of ids) await rig.drafted(id, () => true);
    await rig.set("ai_draft_delay_seconds", "0.05");
    for (const id of ids) await rig.drafted(id);
  });

  test("wakes the chats that were left alone, however long they were to be", async ({ rig }) => {
    await rig.set("ai_draft_debounce_seconds", "3600");
    await rig.start();
    const id = await rig.insert({
      channel: "chat",
      last_message_text: "Где заказ?",
      last_message_at: new Date(),
    });
    await rig.drafted(id, provisional("waiting"));
    await rig.set("ai_draft_debounce_seconds", "0.1");
    await rig.drafted(id);
  });
});
