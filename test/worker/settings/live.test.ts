import { pino } from "pino";
import { expect } from "vitest";
import { connect, type Sql } from "../../../db/client/connect.ts";
import { type LiveSettings, liveSettings } from "../../../src/worker/settings/live.ts";
import { type Proxy as NetworkProxy, startProxy } from "../../helpers/proxy.ts";
import { type Rig, test as rigged, workerConfig } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

interface Far {
  readonly proxy: NetworkProxy;
  readonly live: LiveSettings;
}

/** Settings that are read over a network which can be disturbed; over one connection so far. */
const test = rigged.extend<{ far: Far }>({
  far: async ({ rig }, use) => {
    const proxy = await startProxy(rig.db.url);
    const sql: Sql = connect(proxy.url, { max: 6, applicationName: "far" });
    const log = pino({ level: "silent" });
    const events = { onOpen: () => undefined, onClose: () => undefined };
    const live = await liveSettings(sql, workerConfig(rig.model).llm, {
      log,
      events,
      onChange: () => undefined,
    });
    await use({ proxy, live });
    await sql.end({ timeout: 0 });
    await proxy.shut();
  },
});

const concurrency = (live: Pick<LiveSettings, "settings">): number => live.settings().ai_draft_concurrency;
const acts = (live: Pick<LiveSettings, "settings">, value: number) =>
  until(() => concurrency(live) === value, { what: `a concurrency of ${value}` });

test("a setting that no notification told of acts after seconds", async ({ rig }) => {
  const worker = await rig.start();
  await rig.idle(); // the sweep at the start takes the host's values over
  await rig.set("ai_draft_concurrency", "3");
  await acts(worker, 3);
  await rig.sql`update predraft.settings set value = '5' where key = 'ai_draft_concurrency'`;
  await acts(worker, 5);
});

test("an answer that was lost with its connection holds up no later one", async ({ rig, far }) => {
  far.proxy.swallow();
  void far.live.refresh();
  await rig.set("ai_draft_concurrency", "3");
  await far.live.refresh();
  expect(concurrency(far.live)).toBe(3);
});

test("reads that nobody answers leave the other connections alone", async ({ rig, far }) => {
  let waiting: Promise<unknown> = Promise.resolve();
  await rig.sql.begin(async (tx) => {
    await tx`lock table predraft.settings in access exclusive mode`;
    waiting = Promise.all([far.live.refresh(), far.live.refresh(), far.live.refresh()]);
    await far.live.refresh(); // asks nothing
    await tx`update predraft.settings set value = '3' where key = 'ai_draft_concurrency'`;
    await tx`insert into predraft.settings (key, value) values ('ai_draft_concurrency', '3') on conflict do nothing`;
  });
  await waiting;
  expect(concurrency(far.live)).toBe(3);
});

test("an answer that comes after a later one's does not bring the old values back", async ({ rig, far }) => {
  await rig.set("ai_draft_concurrency", "3");
  const letGo = far.proxy.hold();
  const early = far.live.refresh();
  await answered(rig);
  await rig.set("ai_draft_concurrency", "5");
  await far.live.refresh();
  expect(concurrency(far.live)).toBe(5);
  letGo();
  await early;
  expect(concurrency(far.live)).toBe(5);
});

test("a value that is refused is told once, and told again when it is written anew", async ({ rig }) => {
  const worker = await rig.start();
  const refusals = () => rig.log.filter(({ key }) => key === "ai_draft_concurrency");
  await rig.set("ai_draft_concurrency", "many");
  await until(() => refusals().length > 0, { what: "a refusal" });
  await rig.set("ai_draft_urgent_reserve", "2");
  await until(() => worker.settings().ai_draft_urgent_reserve === 2, { what: "another setting" });
  expect(refusals()).toHaveLength(1);
  await rig.set("ai_draft_concurrency", "4");
  await acts(worker, 4);
  await rig.set("ai_draft_concurrency", "many");
  await until(() => refusals().length > 1, { what: "a second refusal" });
});

/** Waits until the question has been answered by the database. */
const answered = (rig: Rig) =>
  until(
    async () => {
      const [row] = await rig.sql<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity
      where application_name = 'far' and state = 'idle' and query ilike '%predraft.setting%'`;
      return row?.n === 1;
    },
    { what: "an answer that is held" },
  );
