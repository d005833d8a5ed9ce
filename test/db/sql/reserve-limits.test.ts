import { expect } from "vitest";
import { type Ask, charged, type Reservation, release, reserve, setLimits } from "../../helpers/reserve.ts";
import { addInteraction, addInteractions, addSeller, type Client, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";
import { until } from "../../helpers/until.ts";

const tally = (answers: readonly Reservation[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { verdict, why } of answers) {
    const name = why === null ? verdict : `${verdict} ${why}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};
const everybody = async (
  sql: Client,
  count: number,
  ask: (n: number) => Ask,
): Promise<Record<string, number>> => {
  const ids = await addInteractions(sql, count);
  return tally(await Promise.all(ids.map((id, n) => reserve(sql, id, ask(n)))));
};

/** The cycle could end between two calls: then what is counted by cycle has two of them. Rare, and known by this. */
const inOneCycle = async (sql: Client): Promise<boolean> =>
  (await sql`select distinct win_start from predraft.seller_usage where win = 'cycle'`).length === 1;

/** The windows and the gate are there already, as in most calls: nobody waits for another to create them. */
const reserveWindows = async (sql: Client) => {
  await sql`insert into predraft.gate (provider) values ('p')`;
  await sql`
    insert into predraft.seller_usage (seller_id, win, win_start)
    select s, w.win, w.at from generate_series(1, 2) s
    cross join lateral (values ('day', (predraft.day_of(s, now())).day_start), ('cycle', predraft.cycle_of(now()))) w (win, at)`;
};

test("fifty at once get exactly the calls that the day has left", async ({ db }) => {
  expect(await everybody(db.sql, 50, () => ({ daily: 37 }))).toEqual({ go: 37, "fallback daily_limit": 13 });
  expect((await charged(db.sql)).day).toBe(37);
});

test("fifty at once get exactly the calls that the cycle has left", async ({ db }) => {
  const got = await everybody(db.sql, 50, () => ({ cycle: 20, daily: 40 }));
  if (!(await inOneCycle(db.sql))) return;
  expect(got).toEqual({ go: 20, "wait cycle": 30 });
  expect(await charged(db.sql)).toEqual({ day: 20, cycle: 20, urgent: 0 });
});

test.for<[string, Ask]>([
  ["day", { daily: 1 }],
  ["cycle", { cycle: 1 }],
])("the last call of a seller's %s is given once, for each of forty sellers", async ([, ask], { db }) => {
  const sellers = Array.from({ length: 40 }, (_, n) => n + 1);
  await Promise.all(sellers.map((seller) => addSeller(db.sql, seller)));
  const rows = sellers.flatMap((seller_id) => Array(5).fill({ seller_id }));
  const ids = await addInteractions(db.sql, rows.length, (n) => rows[n]);
  const hash = (await show(db.sql, ids[0] ?? "")).hash;
  const answers = await Promise.all(
    ids.map((id, n) => reserve(db.sql, id, { ...ask, hash, seller: rows[n].seller_id })),
  );
  if (await inOneCycle(db.sql)) expect(tally(answers)["go"]).toBe(40);
});

test("fifty at once get exactly the calls that may be under way together", async ({ db }) => {
  expect(await everybody(db.sql, 50, () => ({ global: 7 }))).toEqual({ go: 7, "retry global": 43 });
  const [claim] = await db.sql`select claim_id from predraft.draft_claims limit 1`;
  const id = await addInteraction(db.sql);
  expect((await reserve(db.sql, id, { global: 7 })).why).toBe("global");
  await release(db.sql, claim?.["claim_id"]);
  expect((await reserve(db.sql, id, { global: 7 })).verdict).toBe("go");
});

test("fifty at once get one start, the others the time of the next", async ({ db }) => {
  const ids = await addInteractions(db.sql, 50);
  const answers = await Promise.all(ids.map((id) => reserve(db.sql, id, { delayMs: 60_000 })));
  expect(tally(answers)).toEqual({ go: 1, "retry pace": 49 });
  const [gate] = await db.sql`select last_start_at + interval '60 seconds' as next from predraft.gate`;
  for (const { verdict, until } of answers) if (verdict === "retry") expect(until).toEqual(gate?.["next"]);
});

test.for<[string, Ask, string]>([
  ["day", { daily: 1 }, "daily_limit"],
  ["cycle", { cycle: 1 }, "cycle"],
  ["number under way", { global: 1, seller: 2 }, "global"],
  ["pace", { delayMs: 60_000, seller: 2 }, "pace"],
])(
  "whoever comes while the last call that the %s allows is not committed waits, and is refused",
  async ([, ask, why], { db }) => {
    const id = await addInteraction(db.sql);
    const later = await addInteraction(db.sql, { seller_id: ask.seller ?? 1 });
    await reserveWindows(db.sql);
    await setLimits(db.sql, ask); // committed: the second is to wait for the call, not for a setting
    const first = await db.connect().reserve();
    await first`begin`;
    expect((await reserve(first, id, { ...ask, seller: 1 })).verdict).toBe("go");
    let done = false;
    const second = reserve(db.sql, later, ask).finally(() => {
      done = true;
    });
    const blocked = async () => (await db.sql`select from pg_locks where not granted`).length > 0;
    await until(async () => done || (await blocked()), { what: "the second is answered, or waits" });
    await first`commit`;
    first.release();
    const answer = await second;
    if (await inOneCycle(db.sql)) expect(answer.why).toBe(why);
  },
);

test("starts are apart by the pace, and a provider's pace is its own", async ({ db }) => {
  const ids = await addInteractions(db.sql, 4);
  const [a, b, c, d] = ids as [string, string, string, string];
  expect((await reserve(db.sql, a, { delayMs: 60_000 })).verdict).toBe("go");
  expect((await reserve(db.sql, b, { delayMs: 60_000, provider: "q" })).verdict).toBe("go");
  await db.sql`update predraft.gate set last_start_at = clock_timestamp() - interval '60.001 s' where provider = 'p'`;
  expect((await reserve(db.sql, c, { delayMs: 60_000 })).verdict).toBe("go");
  const [gate] =
    await db.sql`select last_start_at > clock_timestamp() - interval '10 seconds' as ahead from predraft.gate where provider = 'p'`;
  expect(gate?.["ahead"]).toBe(true);
  expect((await reserve(db.sql, d, { delayMs: 60_000 })).why).toBe("pace");
});

test("a pace that is lowered acts at once, and so does one that is raised", async ({ db }) => {
  const [a, b] = (await addInteractions(db.sql, 2)) as [string, string];
  expect((await reserve(db.sql, a, { delayMs: 600_000 })).verdict).toBe("go");
  expect((await reserve(db.sql, b, { delayMs: 600_000 })).why).toBe("pace");
  await db.sql`update predraft.gate set last_start_at = last_start_at - interval '1 second'`;
  expect((await reserve(db.sql, b, { delayMs: 200 })).verdict).toBe("go");
  const c = await addInteraction(db.sql);
  expect((await reserve(db.sql, c, { delayMs: 600_000 })).why).toBe("pace");
});

test("neither a start nor a pause of before the server's clock was set back holds anybody up", async ({
  db,
}) => {
  const [a, b, c] = (await addInteractions(db.sql, 3)) as [string, string, string];
  await reserve(db.sql, a, { delayMs: 60_000 });
  await db.sql`update predraft.gate set last_start_at = clock_timestamp() + interval '1 hour'`;
  expect((await reserve(db.sql, b, { delayMs: 60_000 })).verdict).toBe("go");
  expect((await reserve(db.sql, c, { delayMs: 60_000 })).why).toBe("pace");
  await db.sql`
    update predraft.gate set last_start_at = '-infinity', paused_since = clock_timestamp() + interval '1 hour',
      paused_until = clock_timestamp() + interval '61 minutes'`;
  expect((await reserve(db.sql, c, { delayMs: 60_000 })).verdict).toBe("go");
});

test("on demand is refused by neither day, cycle nor pace, and counts towards the day", async ({ db }) => {
  const ids = await addInteractions(db.sql, 3);
  await reserve(db.sql, ids[0] ?? "", { delayMs: 60_000, cycle: 1, daily: 1 });
  const answer = await reserve(db.sql, ids[1] ?? "", { delayMs: 60_000, cycle: 1, daily: 1, kind: "demand" });
  expect(answer.verdict).toBe("go");
  expect(await charged(db.sql)).toEqual({ day: 2, cycle: 1, urgent: 0 });
  expect((await reserve(db.sql, ids[2] ?? "", { global: 2, kind: "demand" })).why).toBe("global");
});

test("urgent ones pass cycle and pace until the burst is used up, and never the day", async ({ db }) => {
  const got = await everybody(db.sql, 20, () => ({ kind: "urgent", burst: 3, cycle: 2, daily: 100 }));
  if (!(await inOneCycle(db.sql))) return;
  expect(got).toEqual({ go: 5, "wait cycle": 15 });
  expect(await charged(db.sql)).toEqual({ day: 5, cycle: 2, urgent: 3 });
  const [id, paced] = (await addInteractions(db.sql, 2)) as [string, string];
  expect((await reserve(db.sql, id, { kind: "urgent", burst: 100, daily: 5 })).why).toBe("daily_limit");
  await db.sql`insert into predraft.gate (provider, last_start_at) values ('slow', clock_timestamp())`;
  const slow = { kind: "urgent", provider: "slow", delayMs: 3_600_000 } as const;
  expect((await reserve(db.sql, paced, { ...slow, burst: 3 })).why).toBe("pace");
  expect((await reserve(db.sql, paced, { ...slow, burst: 4 })).verdict).toBe("go");
});

test("one seller's limits are not another's", async ({ db }) => {
  await addSeller(db.sql, 2);
  const mine = await addInteraction(db.sql);
  const theirs = await addInteraction(db.sql, { seller_id: 2 });
  await reserve(db.sql, mine, { daily: 1, cycle: 1 });
  expect((await reserve(db.sql, theirs, { seller: 2, daily: 1, cycle: 1 })).verdict).toBe("go");
});

test("a paused provider is waited for as long as its longest pause, by everybody", async ({ db }) => {
  const ids = await addInteractions(db.sql, 3);
  await db.sql`select predraft.pause_provider('p', 600000, 'rate_limit')`;
  await db.sql`select predraft.pause_provider('p', 1000, 'rate_limit')`;
  const [gate] =
    await db.sql`select paused_until, paused_until > clock_timestamp() + interval '9 minutes' as long from predraft.gate`;
  expect(gate?.["long"]).toBe(true);
  for (const [n, kind] of (["normal", "urgent", "demand"] as const).entries()) {
    expect(await reserve(db.sql, ids[n] ?? "", { kind, burst: 9 })).toMatchObject({
      verdict: "wait",
      why: "provider",
      until: gate?.["paused_until"],
    });
  }
  expect((await reserve(db.sql, ids[0] ?? "", { provider: "q" })).verdict).toBe("go");
});

test("a cycle is five minutes, and its refusal names its end", async ({ db }) => {
  const [row] = await db.sql`
    select predraft.cycle_of('2026-01-05 10:04:59.999999Z') = '2026-01-05 10:00Z' as before,
      predraft.cycle_of('2026-01-05 10:05:00Z') = '2026-01-05 10:05Z' as after`;
  expect(row).toEqual({ before: true, after: true });
  const [a, b] = (await addInteractions(db.sql, 2)) as [string, string];
  await reserve(db.sql, a, { cycle: 1 });
  const refused = await reserve(db.sql, b, { cycle: 1 });
  if (!(await inOneCycle(db.sql))) return;
  const [cycle] =
    await db.sql`select win_start + interval '5 minutes' as end from predraft.seller_usage where win = 'cycle'`;
  expect(refused.until).toEqual(cycle?.["end"]);
});

test.for([
  [null, "2026-03-01T20:59:59Z", "2026-02-28T21:00:00Z", "2026-03-01T21:00:00Z"],
  ["Europe/Moscow", "2026-03-01T21:00:00Z", "2026-03-01T21:00:00Z", "2026-03-02T21:00:00Z"],
  ["Asia/Vladivostok", "2026-03-01T20:59:59Z", "2026-03-01T14:00:00Z", "2026-03-02T14:00:00Z"],
  ["America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"], // a day of 23 hours
  ["Asia/Kathmandu", "2026-03-01T00:00:00Z", "2026-02-28T18:15:00Z", "2026-03-01T18:15:00Z"],
  ["Mars/Olympus", "2026-03-01T20:59:59Z", "2026-02-28T21:00:00Z", "2026-03-01T21:00:00Z"],
  ["", "2026-03-01T20:59:59Z", "2026-02-28T21:00:00Z", "2026-03-01T21:00:00Z"],
] as const)(
  "a seller's day in the zone %j at %s is from %s to %s",
  async ([zone, at, start, end], { db }) => {
    if (zone !== null)
      await db.sql`insert into predraft.seller_settings (seller_id, time_zone) values (1, ${zone})`;
    const sql = db.connect();
    await sql`set TimeZone = 'America/St_Johns'`;
    const [day] = await sql`select day_start, next_day from predraft.day_of(1, ${at}::text::timestamptz)`;
    expect(day).toEqual({ day_start: new Date(start), next_day: new Date(end) });
  },
);

test("a daily refusal names the start of the seller's next day, and the new day starts at nothing", async ({
  db,
}) => {
  const [a, b] = (await addInteractions(db.sql, 2)) as [string, string];
  await db.sql`insert into predraft.seller_settings (seller_id, time_zone) values (1, 'Mars/Olympus')`;
  expect((await reserve(db.sql, a, { daily: 1 })).verdict).toBe("go");
  const refused = await reserve(db.sql, b, { daily: 1 });
  const [day] =
    await db.sql`select (predraft.day_of(1, ${refused.until} - interval '1 hour')).next_day as next`;
  expect(refused).toMatchObject({ why: "daily_limit", until: day?.["next"] });
  await db.sql`update predraft.seller_usage set win_start = win_start - interval '1 day' where win = 'day'`;
  expect((await reserve(db.sql, b, { daily: 1 })).verdict).toBe("go");
});
