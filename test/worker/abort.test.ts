import { describe, expect } from "vitest";
import type { Call } from "../helpers/model-server.ts";
import { content } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const timeoutMs = 60_000;
const cutOff = (calls: readonly Call[]) =>
  until(() => calls.every((call) => call.end === "cut_off"), {
    what: "the calls are cut off",
    timeoutMs: 30_000,
  });
/** Rows beside those that matter, enough for a statement over all of them to be told as "*"; too old to be drafted. */
const crowd = async (rig: Rig, count = 400) => {
  await rig.set("ai_draft_max_age_days", "1");
  await rig.sql`
    insert into public.interactions (seller_id, channel, external_id, text, occurred_at)
    select 2, 'question', 'толпа ' || n, 'вопрос ' || n, '2025-01-01' from generate_series(1, ${count}) n`;
};
const history = (rig: Rig) =>
  rig.sql`select outcome, error_code, input_tokens, output_tokens from predraft.drafts where source = 'llm' order by id`;

/** How each kind of statement takes the ground from under a call. */
const changes: Readonly<Record<string, string>> = {
  "a changed text": "update public.interactions set text = text || ' иначе' where",
  "a reply": "update public.interactions set status = 'responded' where",
  "no need of one": "update public.interactions set needs_response = false where",
  "a deletion": "delete from public.interactions where",
};

describe.concurrent("a call under way is aborted", { timeout: timeoutMs }, () => {
  for (const [what, change] of Object.entries(changes)) {
    test(`by ${what} of its row, and no other is`, async ({ rig }) => {
      const hold = rig.model.hold();
      await rig.start({ timeoutMs });
      const id = await rig.insert({ text: "первый" });
      const other = await rig.insert({ text: "другой" });
      const calls = await hold.arrived(2);
      const about = (word: string) => calls.filter((call) => call.messages.join().includes(word));

      await rig.sql.unsafe(`${change} id = ${id}`);

      await cutOff(about("первый"));
      expect(about("другой")[0]?.end).toBe("pending");
      hold.release();
      await rig.drafted(other);
      expect(rig.model.billed("другой")).toHaveLength(1);
    });

    test(`by ${what} of hundreds of rows in one statement, which is told as "*" and looked at by one query`, async ({
      rig,
    }) => {
      await rig.sql.unsafe(
        `do $$ begin execute format('alter database %I set track_functions = ''all''', current_database()); end $$`,
      );
      await crowd(rig);
      const hold = rig.model.hold("под рукой");
      await rig.start({ timeoutMs });
      for (const n of [1, 2, 3]) await rig.insert({ text: `под рукой ${n}` });
      const spared = await rig.insert({
        text: "под рукой, но не тронут",
        seller_id: 1,
        channel: "review",
        rating: 4,
      });
      const calls = [...(await hold.arrived(4))];
      const touched = calls.filter((call) => !call.messages.join().includes("не тронут"));

      await rig.sql.unsafe(`${change} id <> ${spared}`);

      await cutOff(touched);
      expect(calls.find((call) => !touched.includes(call))?.end).toBe("pending");
      const looks = async () =>
        (await rig.sql`select calls::int from pg_stat_user_functions where funcname = 'overtaken'`)[0]?.[
          "calls"
        ] as number | undefined;
      expect(await until(looks, { what: "the statistics are there", timeoutMs: 30_000 })).toBeLessThanOrEqual(
        2,
      );
    });
  }

  test("by a truncate", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start({ timeoutMs });
    await rig.insert();
    const calls = await hold.arrived();
    await rig.sql`truncate public.interactions cascade`;
    await cutOff(calls);
  });

  test("by a buyer's new message", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start({ timeoutMs });
    const id = await rig.insert({ channel: "chat", text: null });
    const say = (direction: string, text: string, n: number) => rig.sql`
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      values (${id}, ${`m${n}`}, ${direction}, ${text}, now() + ${n} * interval '1 millisecond')`;
    await say("in", "первый", 1);
    const calls = [...(await hold.arrived())];
    await say("in", "второй", 2);
    await cutOff(calls);
    hold.release();
    await rig.drafted(id);
  });

  test("and what it was billed by then is in the history", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    rig.model.script(({ n }) => (n === 1 ? content("не JSON") : undefined)); // the second one is its repair, and held
    await rig.start({ timeoutMs });
    const id = await rig.insert({ text: "первый" });
    const calls = await hold.arrived();
    await rig.sql`update public.interactions set text = 'второй' where id = ${id}`;
    await cutOff(calls);
    await rig.drafted(id);
    expect((await history(rig))[0]).toEqual({
      outcome: "aborted",
      error_code: "superseded",
      input_tokens: 100,
      output_tokens: 20,
    });
  });

  test("not by the same content written again", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start({ timeoutMs });
    const id = await rig.insert({ text: "тот же" });
    const [call] = await hold.arrived();
    await rig.sql`update public.interactions set text = 'тот же', external_id = 'иной', extra_data = '{"a": 1}' where id = ${id}`;
    const other = await rig.insert({ text: "вдогонку" });
    await hold.arrived(2);
    await rig.sql`update public.interactions set text = 'вслед' where id = ${other}`; // notified after the first
    await until(() => rig.model.calls("вдогонку")[0]?.end === "cut_off", {
      what: "the later change has been notified",
    });
    expect(call?.end).toBe("pending");
    hold.release();
    await rig.drafted(id);
  });
});
