import { describe, expect } from "vitest";
import type { Verdict } from "../../src/drafts/decide.ts";
import type { Trigger } from "../../src/drafts/trigger.ts";
import type { Limits } from "../helpers/reserve.ts";
import { addInteraction, addSeller, saveDraft } from "../helpers/rows.ts";
import { test } from "../helpers/test.ts";
import { decided, limit, today, type Used, use } from "./limit-rows.ts";

const untilNextDay = { kind: "fallback", reason: "daily_limit" } as const;
const untilNextCycle = { kind: "wait", reason: "cycle" } as const;
const generate = (reason: Extract<Verdict, { kind: "generate" }>["reason"]) => ({ kind: "generate", reason });

/** What differs from an ordinary pre-generation by a remote provider. */
interface Around {
  readonly trigger?: Trigger;
  readonly remoteProvider?: boolean;
  readonly priority?: "urgent";
  readonly limits?: Limits;
}

const cases: readonly (readonly [situation: string, Used, Around, verdict: object])[] = [
  ["a backfill, the day's calls used", { day: 200 }, { trigger: "backfill" }, untilNextDay],
  [
    "a backfill of urgent work has no part in the urgent burst",
    { cycle: 20 },
    { trigger: "backfill", priority: "urgent" },
    untilNextCycle,
  ],
  ["the day's calls are used", { day: 200 }, {}, untilNextDay],
  ["the day's calls are used, urgent", { day: 200 }, { priority: "urgent" }, untilNextDay],
  ["the day's calls are used, on demand", { day: 200 }, { trigger: "on_demand" }, generate("asked")],
  ["the day's calls are used, offline", { day: 200 }, { remoteProvider: false }, generate("wanting")],
  ["one call is left of the day", { day: 199 }, {}, generate("wanting")],
  ["the cycle's calls are used", { cycle: 20 }, {}, untilNextCycle],
  ["the cycle's and the day's calls are used", { cycle: 20, day: 200 }, {}, untilNextDay],
  ["the cycle's calls are used, forced", { cycle: 20 }, { trigger: "force" }, generate("asked")],
  ["the cycle has no limit", { cycle: 2_000 }, { limits: { cycle: 0 } }, generate("wanting")],
  ["the cycle's calls are used, urgent", { cycle: 20 }, { priority: "urgent" }, generate("wanting")],
  [
    "the cycle's calls and its urgent ones are used, urgent",
    { cycle: 20, urgent: 3 },
    { priority: "urgent" },
    untilNextCycle,
  ],
];

describe("decide", () => {
  test.for(cases)("%s", async ([, used, around, verdict], { db: { sql } }) => {
    const id = await addInteraction(sql, { priority: around.priority ?? "normal", ...today() });
    await limit(sql, around.limits);
    await use(sql, used);
    expect(await decided(sql, id, around)).toMatchObject(verdict);
  });

  test("the day's calls are used, and its fallback stands", async ({ db: { sql } }) => {
    const id = await addInteraction(sql, today());
    await limit(sql);
    await use(sql, { day: 200 });
    await saveDraft(sql, id, {
      source: "fallback",
      fallback_reason: "daily_limit",
      provisional: true,
    });
    expect(await decided(sql, id, {})).toMatchObject(untilNextDay);
  });

  test("a wait for a window ends with it, by the server's clock", async ({ db: { sql } }) => {
    await sql`insert into predraft.seller_settings (seller_id, time_zone) values (1, 'Asia/Vladivostok')`;
    const id = await addInteraction(sql, today());
    await limit(sql);
    for (const used of [{ day: 200 }, { cycle: 20 }]) {
      await use(sql, used);
      const verdict = await decided(sql, id, {});
      const [end] = await sql`
        select (predraft.day_of(1, now())).next_day as day, predraft.cycle_of(now()) + interval '5 minutes' as cycle`;
      if (!("wait" in verdict)) throw new Error(`${verdict.kind} is no wait`);
      expect(verdict.wait.until).toEqual(end?.["day" in used ? "day" : "cycle"]);
      expect(verdict.wait.forMs).toBeGreaterThanOrEqual(0);
    }
  });

  test("a limit of one seller is not another's", async ({ db: { sql } }) => {
    await addSeller(sql, 2);
    const id = await addInteraction(sql, { seller_id: 2, ...today() });
    await limit(sql);
    await use(sql, { day: 200, cycle: 20 });
    expect(await decided(sql, id, {})).toMatchObject(generate("wanting"));
  });
});
