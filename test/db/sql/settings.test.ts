import { expect } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { onEachHost } from "../../helpers/hosts.ts";
import { jobs } from "../../helpers/jobs.ts";
import { listen } from "../../helpers/listen.ts";
import { addInteraction, type Client } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const set = (sql: Client, key: string, value: string | null) => sql`
  insert into public.runtime_settings (key, value) values (${key}, ${value})
  on conflict (key) do update set value = excluded.value`;
const acting = async (sql: Client, key: string): Promise<string | null> =>
  (await sql`select predraft.setting(${key}) as value`)[0]?.["value"];
const problem = async (sql: Client, key: string): Promise<string | null> =>
  (await sql`select error from predraft.settings where key = ${key}`)[0]?.["error"];

interface Sample {
  readonly fallback: string | null;
  /** What may be written, and the text that then acts. */
  readonly good: readonly (readonly [string, string])[];
  readonly bad: readonly string[];
}

const switches = ["TRUE", "1", "Yes", " on\n"].map((raw) => [raw, "true"] as const);
const flag = (fallback: string): Sample => ({
  fallback,
  good: [...switches, ["false", "false"], ["0", "false"], ["No", "false"], ["OFF", "false"]],
  bad: ["", "2", "ja", "true false", "null", "вкл"],
});
const whole = (fallback: string, low: number, high: number): Sample => ({
  fallback,
  good: [
    [String(low), String(low)],
    [` ${high} `, String(high)],
    ["007", "7"],
  ],
  bad: [
    "",
    "1.5",
    "-1",
    "1e3",
    "0x10",
    "٣",
    "NaN",
    "Infinity",
    String(high + 1),
    "9".repeat(40),
    ...(low > 0 ? [String(low - 1)] : []),
  ],
});
const seconds = (fallback: string): Sample => ({
  fallback,
  good: [
    ["0", "0"],
    ["2.5", "2.5"],
    ["3600", "3600"],
    ["0.000001", "0.000001"],
  ],
  bad: ["", "3600.1", "-0.5", "1,5", ".5", "1.", "NaN", "1e1", "0.0000001"],
});
const hopeless = ["", "{", "text", "1", '"x"', "null", '{"a": 1e999999}', '["\\u0000"]', "[".repeat(200_000)];

const samples: Readonly<Record<string, Sample>> = {
  ai_draft_pregenerate_enabled: flag("true"),
  ai_draft_batch_size: whole("20", 0, 1_000_000),
  ai_draft_urgent_burst: whole("3", 0, 1_000_000),
  ai_draft_delay_seconds: seconds("1.0"),
  ai_draft_daily_limit: whole("200", 0, 100_000_000),
  ai_draft_concurrency: whole("8", 1, 200),
  ai_draft_urgent_reserve: whole("1", 0, 200),
  ai_draft_global_concurrency: whole("0", 0, 100_000),
  ai_draft_debounce_seconds: seconds("0"),
  ai_draft_max_age_days: whole("30", 0, 36_500),
  ai_draft_priority_source: {
    fallback: "host",
    good: [
      ["host", "host"],
      ["higher_of_both", "higher_of_both"],
    ],
    bad: ["", "HOST", "rules"],
  },
  ai_draft_retention_days: whole("180", 1, 36_500),
  ai_draft_redraft_offline: flag("true"),
  llm_enabled: flag("true"),
  llm_provider: {
    fallback: null,
    good: [
      ["deepseek", "deepseek"],
      [" openai ", "openai"],
    ],
    bad: ["", "  ", "acme", "OpenAI", "openai:gpt-5"],
  },
  llm_model: { fallback: null, good: [["x-1", "x-1"]], bad: ["\n"] },
  llm_fallbacks: {
    fallback: "[]",
    good: [
      ['["openai:m","anthropic:claude-haiku-4-5"]', '["openai:m", "anthropic:claude-haiku-4-5"]'],
      ["[]", "[]"],
    ],
    bad: [
      ...hopeless,
      "{}",
      '["a:b"]',
      '["openai:"]',
      '["openai"]',
      "[1]",
      '["offline:rules-1"]',
      '"openai:m"',
    ],
  },
  llm_prices: {
    fallback: "{}",
    good: [
      ['{"m":{"input":1,"output":2.5}}', '{"m": {"input": 1, "output": 2.5}}'],
      [
        '{"m":{"input":0,"output":0,"cached":0,"cache_write":0}}',
        '{"m": {"input": 0, "cached": 0, "output": 0, "cache_write": 0}}',
      ],
      ["{}", "{}"],
    ],
    bad: [
      ...hopeless,
      "[]",
      '{"m":[1]}',
      '{"m":{"input":1}}',
      '{"m":{"input":"1","output":2}}',
      '{"m":{"input":-1,"output":2}}',
      '{"m":{"input":1,"output":2,"cached":null}}',
    ],
  },
};

test("the samples of this test are of every key that is read", async ({ db }) => {
  const keys = await db.sql`select key from predraft.setting_specs()`;
  expect(Object.keys(samples).toSorted()).toEqual(keys.map((row) => row["key"]).toSorted());
});

for (const [key, { fallback, good, bad }] of Object.entries(samples)) {
  test(`${key}: good values act, bad ones leave the last good one acting, none the default`, async ({
    db,
  }) => {
    expect(await acting(db.sql, key)).toBe(fallback);
    for (const [raw, value] of good) {
      await set(db.sql, key, raw);
      expect([await acting(db.sql, key), await problem(db.sql, key)], raw).toEqual([value, null]);
    }
    const last = good.at(-1)?.[1];
    for (const raw of bad) {
      await set(db.sql, key, raw);
      expect(await acting(db.sql, key), raw.slice(0, 50)).toBe(last);
      expect(await problem(db.sql, key), raw.slice(0, 50)).toMatch(/^expected /);
    }
    await db.sql`delete from public.runtime_settings where key = ${key}`;
    expect([await acting(db.sql, key), await problem(db.sql, key)]).toEqual([fallback, null]);
  });
}

test("a bad value as the very first leaves the default acting", async ({ db }) => {
  await set(db.sql, "ai_draft_batch_size", "много");
  expect(await acting(db.sql, "ai_draft_batch_size")).toBe("20");
  expect(await problem(db.sql, "ai_draft_batch_size")).toMatch(/^expected a whole number from 0/);
});

test("what is wrong with a value is told without the value, in health too", async ({ db }) => {
  for (const key of Object.keys(samples)) await set(db.sql, key, '{"key": "sk-SECRET-1"');
  const told =
    JSON.stringify(await db.sql`select * from predraft.health`) +
    JSON.stringify(await db.sql`select * from predraft.settings where key <> 'llm_model'`);
  expect(told).not.toContain("SECRET");
  const checks = await db.sql`select "check" from predraft.health where not ok and "check" like 'setting %'`;
  expect(checks.length).toBe(Object.keys(samples).length - 1);
});

test("what acted by an older predraft's rules, and is no value any more, goes with the next migration", async ({
  db,
}) => {
  await set(db.sql, "llm_model", "m-1");
  await set(db.sql, "llm_provider", "acme");
  await db.sql`update predraft.settings set value = 'acme', error = null where key = 'llm_provider'`;
  await migrate({ url: db.url });
  expect(await acting(db.sql, "llm_provider")).toBeNull();
  expect(await problem(db.sql, "llm_provider")).toMatch(/^expected offline/);
  expect(await acting(db.sql, "llm_model")).toBe("m-1");
});

test("one broken value keeps no other from acting", async ({ db }) => {
  await set(db.sql, "llm_prices", '{"a": 1e999999}');
  await set(db.sql, "ai_draft_batch_size", "7");
  expect(await acting(db.sql, "ai_draft_batch_size")).toBe("7");
});

onEachHost(
  "a change is notified once, and no change or foreign key is notified at all",
  async ({ db, sql }) => {
    const listener = await listen(db);
    await sql`insert into public.runtime_settings (key, value) values ('ai_draft_batch_size', '7'), ('llm_enabled', 'no')`;
    expect(await listener.received()).toEqual([{ channel: "predraft_settings", payload: "" }]);
    await set(sql, "ai_draft_batch_size", "7");
    await set(sql, "ai_draft_batch_size", " 07 ");
    await set(sql, "locale", "ru");
    await sql`update public.runtime_settings set updated_at = now()`;
    expect(await listener.received()).toEqual([]);
    await set(sql, "ai_draft_batch_size", "seven");
    expect(await listener.received()).toHaveLength(1);
    await sql`delete from public.runtime_settings`;
    expect(await listener.received()).toHaveLength(1);
  },
);

test("truncating, clearing and renaming a setting restore the default", async ({ db }) => {
  for (const undo of [
    "truncate public.runtime_settings",
    "update public.runtime_settings set value = null",
    "update public.runtime_settings set key = 'other'",
  ]) {
    await db.sql`delete from public.runtime_settings`;
    await set(db.sql, "ai_draft_batch_size", "7");
    await db.sql.unsafe(undo);
    expect(await acting(db.sql, "ai_draft_batch_size"), undo).toBe("20");
  }
});

test("a change that is rolled back never acted", async ({ db }) => {
  const host = await db.connect().reserve();
  await host`begin`;
  await set(host, "ai_draft_batch_size", "7");
  expect(await acting(db.sql, "ai_draft_batch_size")).toBe("20");
  await host`rollback`;
  host.release();
  expect(await acting(db.sql, "ai_draft_batch_size")).toBe("20");
});

test("where our side is broken, the host's statement on its settings succeeds", async ({ db }) => {
  await db.sql`alter table predraft.settings rename to gone`;
  await set(db.sql, "ai_draft_batch_size", "7");
  await db.sql`alter table predraft.gone rename to settings`;
  expect(await acting(db.sql, "ai_draft_batch_size")).toBe("20");
  await db.sql`select predraft.sync_settings()`; // what each sweep does
  expect(await acting(db.sql, "ai_draft_batch_size")).toBe("7");
});

test("ingest with garbage in every setting adds its jobs as by default", async ({ db }) => {
  for (const key of Object.keys(samples)) await set(db.sql, key, "¡garbage!");
  await addInteraction(db.sql);
  expect(await jobs(db.sql)).toHaveLength(1);
});

onEachHost(
  "health names keys that begin like ours and are none, with the one that was meant",
  async ({ sql }) => {
    const meant = {
      ai_draft_batchsize: "ai_draft_batch_size",
      "ai-draft-daily-limit": "ai_draft_daily_limit",
      AI_DRAFT_CONCURRENCY: "ai_draft_concurrency",
      " ai_draft_urgent_burst": "ai_draft_urgent_burst",
      ai_draft_pregenerate: "ai_draft_pregenerate_enabled",
      ai_drafts_max_age: "ai_draft_max_age_days",
      ai_draft_dely_seconds: "ai_draft_delay_seconds",
      llm_fallback: "llm_fallbacks",
      llm_modell: "llm_model",
    };
    for (const key of Object.keys(meant)) await set(sql, key, "1");
    await set(sql, "llm_provider", "offline"); // known: no word about it
    await set(sql, "llm_temperature", "0.3"); // near to none of ours: named, but no alarm
    for (const key of ["llms_txt", "ai_drafting", "theme", "sync_interval"]) await set(sql, key, "1");
    const rows =
      await sql`select "check", ok, detail from predraft.health where "check" like 'setting %' order by 1`;
    const told = Object.fromEntries(
      rows.map((row) => [row["check"], row["ok"] ? null : / is (\S+) meant/.exec(row["detail"])?.[1]]),
    );
    expect(told).toEqual({
      ...Object.fromEntries(Object.entries(meant).map(([key, near]) => [`setting ${key.trim()}`, near])),
      "setting llm_temperature": null,
    });
  },
);
