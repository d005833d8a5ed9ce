import { describe, expect } from "vitest";
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
    expect(order.indexOf(true)).toBe(2);
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
    hold.release();
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
    await until(() => worker.settings().ai_draft_concurrency === 1, { what: "it is heard of" });

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
