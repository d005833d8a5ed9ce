import { pino } from "pino";
import { describe, expect } from "vitest";
import { createInFlight } from "../../src/drafts/in-flight.ts";
import { listen } from "../../src/worker/listen/listener.ts";
import { test } from "../helpers/rig.ts";
import { addInteractions } from "../helpers/rows.ts";
import { until } from "../helpers/until.ts";

/** Rows of the helper are from January: too old to be drafted unasked. */
const now = () => ({ occurred_at: new Date() });

describe.concurrent("slots kept for urgent work", () => {
  test("an urgent row is asked for at once under a backlog whose calls all hang, and so is a click", async ({
    rig,
  }) => {
    await rig.set("ai_draft_concurrency", "3");
    await rig.set("ai_draft_urgent_reserve", "1");
    const backlog = await addInteractions(rig.sql, 50, (n) => ({ ...now(), text: `Залежь ${n}` }));
    const hold = rig.model.hold("Залежь");
    await rig.start();
    await hold.arrived(2);

    await rig.drafted(await rig.insert({ text: "Срочно", priority: "urgent" }));
    await rig.drafted(await rig.insert({ text: "Срочно ещё", priority: "urgent" }));
    expect(rig.model.calls("Залежь")).toHaveLength(2);

    const clicked = backlog[25] as string;
    await rig.sql`select predraft.request_draft(${clicked})`;
    await hold.arrived(3);
    expect(rig.model.calls("Залежь 25")).toHaveLength(1);
    hold.release();
  });

  test("with none kept an urgent row waits for the next free slot, and is the first to get one", async ({
    rig,
  }) => {
    await rig.set("ai_draft_concurrency", "2");
    await rig.set("ai_draft_urgent_reserve", "0");
    await addInteractions(rig.sql, 20, (n) => ({ ...now(), text: `Залежь ${n}` }));
    const hold = rig.model.hold("Залежь");
    await rig.start();
    await hold.arrived(2);
    const urgent = await rig.insert({ text: "Срочно", priority: "urgent" });
    await rig.drafted(urgent, (draft) => draft.provisional);
    expect(rig.model.calls("Срочно")).toHaveLength(0);
    hold.release();
    await rig.drafted(urgent);
    const order = rig.model.calls().map((call) => call.messages.some((text) => text.includes("Срочно")));
    // Both slots come free together, and the calls of the two jobs that are fetched then arrive in any order.
    expect([2, 3]).toContain(order.indexOf(true));
  });

  test("an urgent row that nobody told of is found within the poll", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "2");
    await addInteractions(rig.sql, 20, (n) => ({ ...now(), text: `Залежь ${n}` }));
    const hold = rig.model.hold("Залежь");
    await rig.start();
    await hold.arrived(1);
    const [row] = await rig.sql`
      insert into public.interactions (seller_id, channel, external_id, text, status, occurred_at, priority)
      values (1, 'question', 'silent', 'Срочно', 'responded', now(), 'urgent') returning id`;
    const id = String(row?.["id"]);
    await rig.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`update public.interactions set status = 'open' where id = ${id}`;
      await tx`set local session_replication_role = origin`;
      await tx`
        select from graphile_worker.add_job('generate_draft', json_build_object('interactionId', ${id}::bigint),
          run_at := now() + interval '500 milliseconds', max_attempts := 5, job_key := ${`draft:${id}:900`}, priority := 0)`;
    });
    await rig.drafted(id);
    expect(rig.model.calls("Залежь")).toHaveLength(1);
    hold.release();
  });

  test("get a notification of each row that became urgent and of each click, and no other", async ({
    db,
  }) => {
    let heard = 0;
    let onSettings = (): void => undefined;
    const inFlight = createInFlight();
    const log = pino({ level: "silent" });
    const onUrgent = () => {
      heard += 1;
    };
    const listener = await listen({
      directUrl: db.url,
      sql: db.sql,
      log,
      inFlight,
      onSettings: () => onSettings(),
      onUrgent,
      onMisses: () => undefined,
    });
    const heardAfter = async (work: () => Promise<unknown>): Promise<number> => {
      const before = heard;
      await work();
      const { promise: last, resolve } = Promise.withResolvers<void>();
      onSettings = resolve;
      await db.sql`select pg_notify('predraft_settings', '')`; // notifications come in the order of their commits
      await last;
      return heard - before;
    };
    const add = (priority: string) => () => addInteractions(db.sql, 3, () => ({ priority }));
    expect(await heardAfter(add("urgent"))).toBe(1);
    expect(await heardAfter(add("high"))).toBe(0);
    expect(
      await heardAfter(
        () => db.sql`update public.interactions set priority = 'urgent' where priority = 'high'`,
      ),
    ).toBe(1);
    expect(
      await heardAfter(() => db.sql`select predraft.request_draft(id) from public.interactions limit 1`),
    ).toBe(1);
    await listener.stop();
  });
});

describe.concurrent("ai_draft_concurrency", () => {
  test("lowered, it takes effect on the calls that come, while those under way finish", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "4");
    await rig.set("ai_draft_urgent_reserve", "0");
    await addInteractions(rig.sql, 12, (n) => ({ ...now(), text: `Вопрос ${n}` }));
    const hold = rig.model.hold();
    const worker = await rig.start();
    await hold.arrived(4);
    await rig.set("ai_draft_concurrency", "1");
    await until(() => worker.settings().ai_draft_concurrency === 1, { what: "the worker knows of it" });

    let open = 0;
    let most = 0;
    rig.model.script(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      return undefined;
    });
    hold.release();
    await until(() => rig.model.billed().length === 12, { what: "all are drafted" });
    expect(most).toBe(1);
    expect(rig.log.filter((line) => /runner/.test(String(line["msg"])))).toEqual([]);
  });

  test("raised beyond what the runner was built for, it acts while calls of before are still under way", async ({
    rig,
  }) => {
    await rig.set("ai_draft_concurrency", "2");
    await rig.set("ai_draft_urgent_reserve", "0");
    await addInteractions(rig.sql, 12, (n) => ({ ...now(), text: `Вопрос ${n}` }));
    const hold = rig.model.hold();
    await rig.start();
    await hold.arrived(2);
    await rig.set("ai_draft_concurrency", "5");
    const held = await hold.arrived(5);
    expect(held).toHaveLength(5);
    hold.release();
    await until(() => rig.model.billed().length === 12, { what: "all are drafted" });
    expect(rig.model.calls()).toHaveLength(12);
  });
});

test("a buyer who sends five lines in a row costs one call", async ({ rig }) => {
  await rig.set("ai_draft_debounce_seconds", "2");
  await rig.start();
  const id = await rig.insert({ channel: "chat", text: null, needs_response: false });
  for (const n of [1, 2, 3, 4, 5]) {
    await rig.sql`
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      values (${id}, ${`m${n}`}, 'in', ${`Строка ${n}`}, clock_timestamp())`;
    // The next line comes once the one before is on its way to be drafted.
    await rig.drafted(id, (draft) => draft.provisional).catch(() => undefined);
  }
  await rig.drafted(id);
  await rig.idle();
  expect(rig.model.calls()).toHaveLength(1);
  expect(rig.model.calls("Строка 5")).toHaveLength(1);
});

test("who has slept for 5 s for its turn gives its slot to what goes before it", { timeout: 40_000 }, async ({
  rig,
}) => {
  await rig.set("ai_draft_concurrency", "1");
  await rig.set("ai_draft_delay_seconds", "3600");
  await rig.start();
  await rig.drafted(await rig.insert({ text: "Первый", priority: "low" }));
  const low = await rig.insert({ text: "Второй", priority: "low" });
  const running = async (id: string) =>
    (await rig.sql`select from predraft.jobs() where interaction_id = ${id} and locked_at is not null`)
      .length > 0;
  await until(() => running(low), { what: "the second sleeps in the slot" });
  const high = await rig.insert({ text: "Третий", priority: "high" });
  await until(() => running(high), { what: "the third has the slot", timeoutMs: 20_000 });
  expect(await running(low)).toBe(false);
  expect(
    await rig.sql`select attempts, max_attempts from predraft.jobs() where interaction_id = ${low}`,
  ).toEqual([{ attempts: 0, max_attempts: 5 }]);
  expect(rig.model.calls()).toHaveLength(1);
});
