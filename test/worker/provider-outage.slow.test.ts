import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { type ModelServer, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

/** `npm run outage` plays it by the clock, and looks at the 2 seconds; without, the phases follow what has been seen. */
const byTheClock = process.env["OUTAGE"] === "full";
const count = 200;
const marker = (n: number): string => `№${n}№`;

interface Script {
  readonly isDown: () => boolean;
  readonly isThrottled: () => boolean;
  readonly retryAfter: string;
}

/** 500 for 20 s, well until half is drafted, 429 for 3 s, well. */
function clockScript(model: ModelServer): Script {
  const began = performance.now();
  let throttledAt: number | undefined;
  return {
    isDown: () => performance.now() - began < 20_000,
    isThrottled() {
      if (model.billed().length >= count / 2) throttledAt ??= performance.now();
      return throttledAt !== undefined && performance.now() - throttledAt < 3_000;
    },
    retryAfter: "3",
  };
}

/** 500 until the test says otherwise, well until half is drafted, 429 for a dozen calls, well. */
function countScript(model: ModelServer): Script & { recover(): void } {
  let down = true;
  let throttled = 0;
  return {
    isDown: () => down,
    isThrottled() {
      if (model.billed().length < count / 2 || throttled >= 12) return false;
      throttled += 1;
      return true;
    },
    retryAfter: "1",
    recover() {
      down = false;
    },
  };
}

const play = (model: ModelServer, { isDown, isThrottled, retryAfter }: Script): void =>
  model.script(() => {
    if (isDown()) return status(500);
    return isThrottled() ? status(429, { "retry-after": retryAfter }) : undefined;
  });

/**
 * Watches until stopped: which interactions show nothing, though they did before or are older than 2 s; and which jobs are parked with
 * fewer attempts left than the failures of their own allow, 429 being none.
 */
function watch(rig: Rig) {
  const seen = new Set<string>();
  const bare = new Set<string>();
  const robbed = new Set<string>();
  let parked = 0;
  let stopped = false;
  const look = async (): Promise<void> => {
    const rows = await rig.sql<{ id: string; shown: boolean; due: boolean }[]>`
      select id, occurred_at < clock_timestamp() - interval '2 seconds' as due,
        coalesce(extra_data #>> '{last_ai_draft,content_hash}' = content_hash, false) as shown
      from predraft.interactions`;
    for (const { id, shown, due } of rows) {
      if (shown) seen.add(id);
      else if (seen.has(id) || (byTheClock && due)) bare.add(id);
    }
    const jobs = await rig.sql<{ mark: string; left: number; last_error: string | null }[]>`
      select substring(i.text from '№.*№') as mark, j.max_attempts - j.attempts as left, j.last_error
      from predraft.jobs() j join predraft.interactions i on i.id = j.interaction_id
      where j.locked_at is null and j.job_key like 'later:%'`;
    parked += jobs.length;
    for (const { mark, left, last_error } of jobs) {
      const failures = rig.model.calls(mark).filter((call) => call.status === 500).length;
      if (left < 5 - failures || last_error !== null) robbed.add(mark);
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await look();
      await delay(50);
    }
  };
  const running = loop();
  return {
    shown: () => seen.size,
    async stop() {
      stopped = true;
      await running;
      return { bare: [...bare], robbed: [...robbed], parked };
    },
  };
}

const ingest = (rig: Rig, from: number, to: number) =>
  rig.sql`
    insert into public.interactions (seller_id, channel, external_id, text, occurred_at)
    select 1 + n % 2, 'question', 'o-' || n, 'Вопрос №' || n || '№', clock_timestamp()
    from generate_series(${from}::int, ${to}::int) n`;

const finals = async (rig: Rig): Promise<number> =>
  Number(
    (
      await rig.sql`
        select count(*) from predraft.interactions
        where extra_data #>> '{last_ai_draft,source}' = 'llm' and draft_state = 'ready'`
    )[0]?.["count"],
  );

test("an outage costs no interaction its draft, none is paid twice, and 429 spends no attempt", {
  timeout: 180_000,
}, async ({ rig }) => {
  const prices = { "test-model": { input: 3, cached: 0.3, output: 15 } };
  await rig.set("llm_prices", JSON.stringify(prices));
  await rig.set("ai_draft_daily_limit", "100000");
  await rig.start();
  const watching = watch(rig);
  if (byTheClock) {
    play(rig.model, clockScript(rig.model));
    for (let n = 0; n < count; n += 10) {
      await ingest(rig, n, n + 9);
      await delay(1_200);
    }
  } else {
    const script = countScript(rig.model);
    play(rig.model, script);
    for (let n = 0; n < count; n += 50) await ingest(rig, n, n + 49);
    await until(() => watching.shown() === count, { what: "all show a draft", timeoutMs: 60_000 });
    expect(rig.model.calls().length, "while it is down it is left alone").toBeLessThan(count / 4);
    script.recover();
  }
  await until(async () => (await finals(rig)) === count, {
    what: "all have a model's draft",
    timeoutMs: 120_000,
  });
  const { bare, robbed, parked } = await watching.stop();
  expect({ bare, robbed }).toEqual({ bare: [], robbed: [] });
  expect(parked, "429 has parked something").toBeGreaterThan(0);

  const billed = Array.from({ length: count }, (_, n) => rig.model.billed(marker(n)).length);
  expect(billed).toEqual(Array.from({ length: count }, () => 1));
  const throttled = rig.model.calls().filter((call) => call.status === 429);
  expect(throttled.length).toBeGreaterThan(0);
  expect(await rig.sql`select from graphile_worker.jobs where last_error like '%429%'`).toEqual([]);
  const codes =
    await rig.sql`select distinct error_code as code from predraft.drafts where error_code is not null`;
  expect(codes.map(({ code }) => code).toSorted(), "a call that was not made is no failure").toEqual([
    "model_throttled",
    "model_unavailable",
  ]);
  const [spent] =
    await rig.sql`select sum(cost_usd)::float8 as usd, sum(calls)::int as calls from predraft.spend_daily`;
  expect(spent?.["usd"]).toBeCloseTo(count * (36 * 3 + 64 * 0.3 + 20 * 15) * 1e-6, 6);
  if (byTheClock)
    process.stdout.write(
      `${JSON.stringify({ calls: rig.model.calls().length, throttled: throttled.length, ...spent })}\n`,
    );
});
